import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

/** Where `npm run dev` finds a running service. */
const service = process.env.DUOGUI_DEV_SERVICE ?? 'http://127.0.0.1:8000';

export default defineConfig({
  plugins: [svelte()],
  build: {
    target: 'es2023',
    outDir: 'dist',
    assetsDir: 'assets',
    // Every file has its own address: the content security policy admits no script or font in a data: URL.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // MapLibre is a file of its own: the browser reads it beside the page's own code, and keeps it when only that has changed.
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ name: 'maplibre', test: /node_modules\/maplibre-gl\// }] } },
    },
    // It alone is about 1.1 MB.
    chunkSizeWarningLimit: 1600,
  },
  experimental: {
    // The page is served at <prefix>/map and its files at <prefix>/map/assets/, whatever prefix a proxy puts before it:
    // the page names them relative to itself, and the files name each other relative to themselves.
    renderBuiltUrl: (filename, { hostType }) => (hostType === 'html' ? `map/${filename}` : { relative: true }),
  },
  server: {
    proxy: { '/collections': service },
  },
  test: {
    include: ['src/**/*.test.ts'],
  },
});
