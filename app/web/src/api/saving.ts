/** Handing a file to the reader. */

/** Save bytes under a name, as the browser saves a download. */
export function saveFile(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser has taken the bytes over when the click has been dealt with.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
