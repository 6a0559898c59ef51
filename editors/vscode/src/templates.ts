// What `meca-lsp new` can make a task folder of.

/** Their ids are those of the program. */
export const templates = [
  { id: 'flask', label: '$(beaker) Python with Flask', detail: 'Built from python:3.9-slim; Flask is installed when the image is built' },
  { id: 'python', label: '$(file-code) Python without packages', detail: 'Built from python:3.9-slim; nothing is installed' },
  { id: 'node', label: '$(symbol-event) Node.js without packages', detail: 'Built from node:22-slim; nothing is installed' },
  { id: 'go', label: '$(rocket) Go', detail: 'Compiled in golang:1.24-alpine; the image holds nothing but the program' },
] as const;

/** A folder's name made of a task's: `Word counter!` makes `word-counter`. Empty where nothing of it can be in one. */
export function directoryName(name: string): string {
  return name.normalize('NFC').toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-+|-+$/g, '').slice(0, 64);
}
