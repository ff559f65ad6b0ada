import { defineConfig } from "vite";

/* One file without imports that any page can load, for the browsers shoppers still have: old phones and the web views of
   apps. Its name never changes, so it is served by the collector with a short life in caches. */
export default defineConfig({
  publicDir: false,
  build: {
    outDir: "../shuke/static/dist/tracker",
    emptyOutDir: true,
    target: "es2018",
    rollupOptions: {
      input: "src/tracker/index.ts",
      output: { format: "iife", entryFileNames: "shuke.js" },
    },
  },
});
