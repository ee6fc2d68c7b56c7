/** Runs once, before the first request is served: makes Better Auth's tables, without which the service can judge no session. */
export async function register() {
  if (process.env.NEXT_RUNTIME !== "nodejs") return;
  const { getMigrations } = await import("better-auth/db/migration");
  const { options } = await import("./server/auth");
  const { runMigrations } = await getMigrations(options);
  await runMigrations();
}
