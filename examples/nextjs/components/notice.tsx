"use client";

import { useCallback, useEffect, useState } from "react";

export type NoticeText = { text: string; kind?: "error"; action?: { label: string; run: () => void } };

/** How long a notice stays, in ms. An error stays until it is dismissed. */
const STAY = 10_000;

export function useNotice() {
  const [notice, setNotice] = useState<NoticeText | null>(null);
  const say = useCallback((notice: NoticeText) => setNotice(notice), []);
  const dismiss = useCallback(() => setNotice(null), []);
  useEffect(() => {
    if (!notice || notice.kind === "error") return;
    const timer = setTimeout(dismiss, STAY);
    return () => clearTimeout(timer);
  }, [notice, dismiss]);
  return { notice, say, dismiss };
}

/** One sentence at the bottom, read out by screen readers; it lies above the page and moves nothing. */
export function Notice({ notice, onDismiss }: { notice: NoticeText | null; onDismiss: () => void }) {
  const act = () => {
    notice?.action?.run();
    onDismiss();
  };
  return (
    <div className="notices" role="status" aria-label="Notice">
      {notice && (
        <div className={notice.kind === "error" ? "notice error" : "notice"}>
          <span>{notice.text}</span>
          {notice.action && <button onClick={act}>{notice.action.label}</button>}
          <button className="close" onClick={onDismiss} aria-label="Dismiss">
            ×
          </button>
        </div>
      )}
    </div>
  );
}
