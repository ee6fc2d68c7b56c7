// What the environment says, read when the server runs and not when it is built, so that one build serves everywhere.

const address = (name: string, fallback: string) => (process.env[name] || fallback).replace(/\/+$/, "");

/** This front end's own address. */
export const frontEnd = () => address("BETTER_AUTH_URL", "http://localhost:3000");

/** Where this server finds the task service. */
export const service = () => address("TASK_API_URL", "http://127.0.0.1:8000");

/**
 * Where the browser finds the task service: "" for this origin, which passes its calls on (proxy.ts) with the session cookie;
 * or the service's own origin, to which the browser sends a JWT.
 */
export const serviceForBrowsers = () => address("TASK_API_PUBLIC_URL", "");
