// A package for this machine's platform, installed from its file: its own server gets ready and checks; where that was taken away, the
// extension says so.
//   package-job.mjs URL TEMPORARY_DIR SHOTS_DIR      (with no other meca-lsp on the PATH of that VS Code)

import fs from 'node:fs';
import path from 'node:path';
import { runJob } from './job.mjs';
import { makeFaultyFolder } from './task-folders.mjs';

await runJob(async (code, { temporary }) => {
  const extensions = path.join(temporary, 'instance/extensions');

  await code.step('own server ready', async () => {
    await code.until('a ready server', async () => /Language server ready: meca-lsp [^,]*$/m.test(await code.status('meca.status')));
    await code.openFile('echo/config.json');
    await code.squiggles('error').first().waitFor();
  });

  await code.step('log names both versions', async () => {
    await code.command('MECA: Show Language Server Log');
    await code.until('the versions', async () => {
      const log = (await code.output()).replace(/\s/g, ''); // long lines are broken where the view ends
      return /Extension\d[^,]*,meca-lsp\d/.test(log) && log.includes(`(bundled:${extensions}/`);
    });
  });

  await code.step('server taken away', async () => {
    const own = fs.readdirSync(extensions).filter(name => name.startsWith('meca-lsp.')).map(name => path.join(extensions, name, 'bin/meca-lsp'));
    own.forEach(program => { fs.rmSync(program); });
    await code.command('MECA: Restart Language Server');
    await code.toast(`The language server of this package is gone: ${own[0]}. Install the package for ${process.platform}-${process.arch} again`).waitFor();
  });
}, workspace => {
  makeFaultyFolder(path.join(workspace, 'echo'));
});
