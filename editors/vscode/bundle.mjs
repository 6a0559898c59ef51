// Bundles the extension into dist/extension.js, and the licences of the packages inside it into dist/third-party-notices.txt.

import fs from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

const { metafile } = await build({
  entryPoints: ['src/extension.ts'],
  outfile: 'dist/extension.js',
  bundle: true,
  external: ['vscode'],
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  minify: true,
  metafile: true,
  logLevel: 'warning',
});

const packages = new Set(Object.keys(metafile.inputs)
  .map(input => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0])
  .filter(directory => directory !== undefined));

const notices = [...packages].sort().map(directory => {
  const { name, version, license } = JSON.parse(fs.readFileSync(path.join(directory, 'package.json'), 'utf8'));
  const file = fs.readdirSync(directory).find(entry => /^licen[cs]e/i.test(entry));
  if (!file) {
    throw new Error(`${name} ${version} comes without a licence text`);
  }
  return `${name} ${version} (${license})\n\n${fs.readFileSync(path.join(directory, file), 'utf8').trim()}\n`;
});
fs.writeFileSync('dist/third-party-notices.txt', `This extension contains the packages below.\n\n${notices.join(`\n${'-'.repeat(80)}\n\n`)}`);
