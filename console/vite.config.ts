import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const BACK_END = process.env["BOATYARD_PUBLIC_URL"] ?? "http://localhost:8000";

/** Puts a `.gz` and a `.br` beside each text file, so that no server has to compress while people wait. */
function compressed(): Plugin {
  let folder = "";
  return {
    name: "compressed",
    apply: "build",
    configResolved: (config) => {
      folder = config.build.outDir;
    },
    closeBundle: () => {
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !/\.(?:js|css|svg)$/.test(entry.name)) continue;
        const path = join(entry.parentPath, entry.name);
        const body = readFileSync(path);
        writeFileSync(`${path}.gz`, gzipSync(body, { level: 9 }));
        writeFileSync(`${path}.br`, brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }));
      }
    },
  };
}

export default defineConfig({
  plugins: [react(), compressed()],
  html: { cspNonce: "__CSP_NONCE__" }, // whoever serves index.html puts a fresh one in
  build: {
    target: "es2022",
    chunkSizeWarningLimit: 1200,
    assetsInlineLimit: 0, // a data: URL would need an exception in the Content-Security-Policy
    manifest: true, // tells the size check what the first load is
  },
  server: {
    proxy: { "/api": BACK_END, "/github": BACK_END },
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
