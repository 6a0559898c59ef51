// A package for this machine's platform, installed from its file: its own server gets ready and checks.
//   package-job.mjs URL TEMPORARY_DIR SHOTS_DIR

import path from 'node:path';
import { runJob } from './job.mjs';
import { makeFaultyFolder } from './task-folders.mjs';

await runJob(async (code, { temporary }) => {
  await code.step('own server ready', async () => {
    await code.until('a ready server', async () => /Language server ready: meca-lsp [^,]*$/m.test(await code.status('meca.status')), 60_000);
    await code.openFile('echo/config.json');
    await code.squiggles('error').first().waitFor();
  });

  await code.step('log names both versions', async () => {
    await code.command('MECA: Show Language Server Log');
    await code.until('the versions', async () => {
      const log = (await code.output()).replace(/\s/g, ''); // long lines are broken where the view ends
      return /Extension\d[^,]*,meca-lsp\d/.test(log) && log.includes(`(bundled:${temporary}/instance/extensions/`);
    });
  });
}, workspace => {
  makeFaultyFolder(path.join(workspace, 'echo'));
});
