// Follows the live events of a user's tasks until it is closed.

/**
 * Calls `onChange(change, token)` for each change, and `onReady()` when a stream has caught up. Returns a function that ends it.
 *
 * EventSource reconnects by itself when a connection is cut, and then sends the token of its last event. After a response with an error
 * (401, 410, 429, 503) it gives up; then this opens a new stream.
 */
export function followEvents(api, { onChange, onReady, retryTime }) {
  let events;
  let timer;
  const open = () => {
    events = api.events();
    events.addEventListener("message", ({ data, lastEventId }) => onChange(JSON.parse(data), lastEventId));
    events.addEventListener("ready", onReady);
    events.addEventListener("error", () => {
      if (events.readyState === events.CLOSED) timer = setTimeout(open, retryTime);
    });
  };
  open();
  return () => {
    clearTimeout(timer);
    events.close();
  };
}
