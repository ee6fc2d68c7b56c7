import type { NextConfig } from "next";

const config: NextConfig = {
  // One folder with the server and what it needs, for the image.
  output: "standalone",
  outputFileTracingRoot: import.meta.dirname,
  turbopack: { root: import.meta.dirname },
  // libsql picks the binary for the machine it runs on by a name that the tracing cannot follow.
  serverExternalPackages: ["libsql", "pg"],
  outputFileTracingIncludes: { "/**": ["./node_modules/@libsql/**", "./node_modules/libsql/**"] },
  poweredByHeader: false,
  reactStrictMode: true,
  headers: async () => [
    {
      source: "/:path*",
      headers: [
        { key: "X-Content-Type-Options", value: "nosniff" },
        { key: "X-Frame-Options", value: "DENY" },
        { key: "Referrer-Policy", value: "same-origin" },
      ],
    },
  ],
};

export default config;
