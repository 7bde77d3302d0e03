import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const BACK_END = process.env["BOATYARD_PUBLIC_URL"] ?? "http://localhost:8000";

export default defineConfig({
  plugins: [react()],
  html: { cspNonce: "__CSP_NONCE__" }, // whoever serves index.html puts a fresh one in
  build: {
    target: "es2022",
    chunkSizeWarningLimit: 1200,
    assetsInlineLimit: 0, // a data: URL would need an exception in the Content-Security-Policy
    manifest: true, // tells the size check what the first load is
  },
  server: {
    proxy: { "/api": BACK_END, "/readyz": BACK_END, "/github": BACK_END },
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
