// The package without a server: it says how to get one, once; takes the one on the PATH; and shows both versions where they differ.
//   SERVER_DIRECTORY=DIR universal-job.mjs URL TEMPORARY_DIR SHOTS_DIR      (DIR is on the PATH of that VS Code, and empty)

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { runJob } from './job.mjs';
import { makeFaultyFolder } from './task-folders.mjs';

const repository = path.resolve(import.meta.dirname, '../../../..');
const { version } = JSON.parse(fs.readFileSync(path.join(import.meta.dirname, '../../package.json'), 'utf8'));
const onPath = path.join(process.env.SERVER_DIRECTORY, 'meca-lsp');
const built = path.join(process.env.SERVER_DIRECTORY, 'built');
const problem = 'This package of the extension holds no language server, and there is no meca-lsp on the PATH. '
  + `Install the package for ${process.platform}-${process.arch}, or run "go install `;

execFileSync('go', ['build', '-trimpath', '-ldflags=-s -w', '-o', built, './cmd/meca-lsp'], { cwd: repository, env: { ...process.env, CGO_ENABLED: '0' } });

await runJob(async code => {
  const { page } = code;
  const status = () => code.status('meca.status');
  /** The log's long lines are broken where the view ends. */
  const logHas = async text => (await code.output()).replace(/\s/g, '').includes(text.replace(/\s/g, ''));

  await code.step('no server anywhere', async () => {
    await code.toast(problem).waitFor();
    const toasts = await page.locator('.notifications-toasts .notification-list-item').count();
    if (toasts !== 1) {
      throw new Error(`there are ${toasts} toasts`);
    }
    await code.until('the reason', async () => (await status()).includes(`Language server stopped: ${problem}`));
  });

  await code.step('menu says so', async () => {
    await page.locator('.statusbar-item[id$="meca.status"]').click();
    await code.until('the reason in the menu', async () =>
      /Language server stopped: This package[^]*There is no server to ask it/.test((await page.locator('.quick-input-list .monaco-list-row').allInnerTexts()).join('\n')));
  });
  await page.keyboard.press('Escape');

  await code.step('found on the PATH', async () => {
    fs.copyFileSync(built, onPath);
    await code.clickToastButton(problem, 'Restart');
    await code.until('a ready server', async () => /Language server ready: meca-lsp [^,]*$/m.test(await status()));
    await code.openFile('echo/config.json');
    await code.squiggles('error').first().waitFor();
    await code.command('MECA: Show Language Server Log');
    await code.until('where it was found', () => logHas(`(PATH: ${onPath})`));
  });

  await code.step('server of another release', async () => {
    // The same server, but for what it says of itself: there is only one release yet.
    fs.rmSync(onPath);
    fs.writeFileSync(onPath, `#!/bin/sh\nif [ "$1" = version ]; then echo "meca-lsp 0.0.9 (go1.26, linux/amd64)"; else exec "${built}" "$@"; fi\n`, { mode: 0o755 });
    await code.command('MECA: Restart Language Server');
    await code.until('both versions', async () => (await status()).includes(`Language server ready: meca-lsp 0.0.9, extension ${version}`));
    await code.until('a word in the log', () => logHas(`The language server is meca-lsp 0.0.9 and the extension ${version}:`));
    await code.squiggles('error').first().waitFor();
  });
}, workspace => {
  makeFaultyFolder(path.join(workspace, 'echo'));
});
