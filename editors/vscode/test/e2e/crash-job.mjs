// What happens to a person whose language server is killed, crashes again and again, or is not where the setting says.
//   crash-job.mjs URL TEMPORARY_DIR SHOTS_DIR

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { runJob } from './job.mjs';
import { makeFaultyFolder, makeSilentFolder } from './task-folders.mjs';

const runTimeoutMs = 120_000;

await runJob(async (code, { workspace, temporary }) => {
  const ready = () => code.until('a ready server', async () => /Language server ready: meca-lsp/.test(await code.status('meca.status')));

  /** The servers of this instance, and of no other window. */
  const servers = () => {
    try {
      return execFileSync('pgrep', ['-f', `^${temporary}/instance/extensions/.*/bin/meca-lsp serve( |$)`])
        .toString().trim().split('\n').map(Number);
    } catch {
      return [];
    }
  };
  const kill = async () => {
    const [pid] = await code.until('one server', () => servers().length === 1 && servers());
    process.kill(pid, 'SIGKILL');
    await code.until('its end', () => !servers().includes(pid));
    return pid;
  };

  await code.step('server ready', ready);

  await code.step('killed once and back', async () => {
    await code.openFile('echo/config.json');
    await code.squiggles('error').first().waitFor();
    const killed = await kill();
    await code.until('another server', () => servers().length === 1 && servers()[0] !== killed);
    await ready();
    await code.squiggles('error').first().waitFor();
  });

  await code.step('killed in the middle of a run', async () => {
    await code.openFile('silent/config.json');
    await code.lens('Run example').click();
    await code.until('the wait', async () => /Waiting for meca-init-done\s*$/.test(await code.output()), runTimeoutMs);
    await kill();
    await code.until('the end of the run', async () => /The language server stopped before the job was done\.\s*$/.test(await code.output()));
    await ready();
    await code.lens('Run example').waitFor();
  });

  await code.step('killed five times', async () => {
    for (let times = 3; times <= 5; times++) {
      await kill();
    }
    await code.toast('crashed five times within three minutes').waitFor();
    await code.until('the stopped state', async () => /Language server stopped/.test(await code.status('meca.status')));
  });

  await code.step('report by the toast', async () => {
    await code.clickToastButton('crashed five times', 'Report…');
    await code.toast('Nothing has been sent').waitFor();
    await code.until('the report', async () => {
      const text = await code.text(code.page.locator('.editor-instance .monaco-editor[data-uri^="untitled:"]'));
      return /Language server stopped: The language server crashed five times/.test(text) && /Extension \d+\.\d+\.\d+, VS Code/.test(text)
        && /level=INFO msg="the session starts"/.test(text);
    });
  });

  await code.step('restart by the menu', async () => {
    await code.closeToasts();
    await code.command('MECA: Restart Language Server');
    await ready();
  });

  await code.step('setting leads nowhere', async () => {
    fs.writeFileSync(path.join(workspace, '.vscode/settings.json'), '{ "meca.server.path": "/nowhere/meca-lsp" }\n');
    await code.toast('There is no file at the setting meca.server.path: /nowhere/meca-lsp').waitFor();
    await code.until('no server', () => servers().length === 0);
  });

  await code.step('setting taken back', async () => {
    fs.rmSync(path.join(workspace, '.vscode'), { recursive: true });
    await ready();
  });
}, workspace => {
  makeFaultyFolder(path.join(workspace, 'echo'));
  makeSilentFolder(path.join(workspace, 'silent'));
  // A file that comes at once with its folder may be seen late by who watches.
  fs.mkdirSync(path.join(workspace, '.vscode'));
  fs.writeFileSync(path.join(workspace, '.vscode/settings.json'), '{}\n');
});
