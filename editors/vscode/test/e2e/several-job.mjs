// Several root folders: tasks and findings of all of them, runs side by side, folders that come and go; lenses switched off one by one;
// answers that are no text; what the buttons of a verdict's toast do; a container left running that goes with the window.
//   several-job.mjs URL TEMPORARY_DIR SHOTS_DIR

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { runJob } from './job.mjs';
import { makeBytesFolder, makeDifferingFolder, makeEchoFolder, makeSilentFolder } from './task-folders.mjs';

const runTimeoutMs = 120_000;
const roots = ['solo', 'many'];
const workspaceFile = 'all.code-workspace';

/**
 * Writes a file that VS Code takes up at once: in one piece and always of the same length, so that it is at no time an empty one. A
 * workspace without folders would be another window.
 */
function writeWatched(file, content) {
  fs.writeFileSync(file, `${JSON.stringify(content)}\n`.padEnd(1000), { flag: fs.existsSync(file) ? 'r+' : 'w' });
}

/** Writes the workspace's own file. */
function writeWorkspace(workspace, { folders = roots, settings = {} }) {
  writeWatched(path.join(workspace, workspaceFile), { folders: folders.map(folder => ({ path: folder })), settings });
}

/** Writes the settings of one root. */
function writeSettings(workspace, settings) {
  writeWatched(path.join(workspace, 'many/.vscode/settings.json'), settings);
}

/** Puts a key into config.json that no host knows: a finding, and no obstacle to a run. */
function addUnknownKey(folder) {
  const config = path.join(folder, 'config.json');
  fs.writeFileSync(config, fs.readFileSync(config, 'utf8').replace(/\{/, '{\n  "colour": "red",'));
}

await runJob(async (code, { workspace, runsOutput }) => {
  const { page } = code;
  const read = file => fs.readFileSync(path.join(workspace, file));
  const task = name => code.treeRow('MECA Tasks', name);
  const testIs = async (name, state) => {
    await code.until(`${name} to be ${state}`, async () => await code.test(name).locator(`.codicon-testing-${state}-icon`).isVisible(), runTimeoutMs);
  };

  await code.step('tasks of both roots', async () => {
    await code.until('a ready server', async () => /Language server ready: meca-lsp/.test(await code.status('meca.status')));
    await code.openView('MECA Tasks');
    for (const name of ['solo', 'many/bytes', 'many/planet', 'many/silent']) {
      await task(name).waitFor();
    }
  });

  await code.step('tests of both roots', async () => {
    await code.command('Testing: Focus on Test Explorer View');
    for (const name of ['solo', 'many/bytes', 'many/planet', 'many/silent']) {
      await code.test(name).waitFor();
    }
  });

  await code.step('findings in both roots', async () => {
    const rows = await code.problems();
    await code.until('a finding of each', async () => {
      const seen = await rows();
      const under = file => seen[seen.findIndex(row => file.test(row)) + 1] ?? '';
      return under(/^config\.json ?solo/).includes('config-unknown-key') && under(/^config\.json ?many • planet/).includes('config-unknown-key');
    });
  });

  await code.step('two runs side by side', async () => {
    await code.openFile('silent/config.json', 'many • silent');
    await code.lens('Run example').click();
    await code.until('the first to wait', async () => /Waiting for meca-init-done\s*$/.test(await code.output()), runTimeoutMs);
    await code.openFile('solo/config.json', 'solo');
    await code.lens('Run example').click();
    await code.toast('Example passed in').waitFor({ timeout: runTimeoutMs });
    await code.until('the state', async () => /Language server running a job/.test(await code.status('meca.status')));
    await code.until('its folder before each line', () => {
      const text = runsOutput();
      return /^\[solo\] stdout │ meca-init-done$/m.test(text) && /^\[solo\] ✓ Example passed in/m.test(text);
    });
  });
  await code.step('the first stopped', async () => {
    await code.closeToasts();
    await code.openFile('silent/config.json', 'many • silent');
    await code.lens('Stop').click();
    await code.until('its end', async () => /Run stopped\.\s*$/.test(await code.output()));
    await code.until('the ready state', async () => /Language server ready/.test(await code.status('meca.status')));
    fs.rmSync(path.join(workspace, 'many/silent'), { recursive: true });
    await code.command('Testing: Focus on Test Explorer View');
    await code.test('many/planet').waitFor(); // else no row is there yet
    await code.test('many/silent').waitFor({ state: 'detached' });
  });

  await code.step('all tests at once', async () => {
    await code.command('Test: Run All Tests');
    await testIs('solo', 'passed');
    await testIs('many/planet', 'failed');
    await testIs('many/bytes', 'failed');
    await code.until('lines of two runs at once', () => {
      const marks = runsOutput().match(/^\[(bytes|planet)\]/mg) ?? [];
      return marks.slice(0, marks.lastIndexOf('[bytes]')).includes('[planet]') && marks.slice(0, marks.lastIndexOf('[planet]')).includes('[bytes]');
    });
  });

  await code.step('folder added', async () => {
    writeWorkspace(workspace, { folders: [...roots, 'extra'] });
    await code.test('extra').waitFor();
    await code.openView('MECA Tasks');
    await task('extra').waitFor();
  });
  await code.step('folder removed', async () => {
    writeWorkspace(workspace, {});
    await task('extra').waitFor({ state: 'detached' });
    await code.command('Testing: Focus on Test Explorer View');
    await code.test('many/planet').waitFor();
    await code.test('extra').waitFor({ state: 'detached' });
  });

  const lenses = { run: 'Run example', build: 'Build image', verdict: '✗' };
  const lensesAre = async (...shown) => {
    await code.until(`the lenses ${shown.join(', ')}`, async () => {
      for (const [name, title] of Object.entries(lenses)) {
        if (await code.lens(title).isVisible() !== shown.includes(name)) {
          return false;
        }
      }
      return true;
    });
  };
  for (const name of Object.keys(lenses)) {
    await code.step(`no lens ${name}`, async () => {
      await code.openFile('planet/config.json', 'many • planet');
      writeWorkspace(workspace, { settings: { [`meca.codeLens.${name}`]: false } });
      await lensesAre(...Object.keys(lenses).filter(other => other !== name));
    });
  }
  await code.step('no lens in one root', async () => {
    writeWorkspace(workspace, {});
    await lensesAre('run', 'build', 'verdict');
    writeSettings(workspace, { 'meca.codeLens.enable': false });
    await lensesAre();
    await code.openFile('solo/config.json', 'solo');
    await code.lens('Run example').waitFor();
  });
  await code.step('no lens at all', async () => {
    writeWorkspace(workspace, { settings: { 'meca.codeLens.enable': false } });
    await lensesAre();
  });
  await code.step('all lenses back', async () => {
    writeSettings(workspace, {});
    writeWorkspace(workspace, {});
    await code.lens('Run example').waitFor();
    await code.openFile('planet/config.json', 'many • planet');
    await lensesAre('run', 'build', 'verdict');
  });

  await code.step('answer accepted by the toast', async () => {
    await code.lens('Run example').click();
    await code.heldToast('Example failed', runTimeoutMs);
    await code.clickToastButton('Example failed', 'Accept Answer');
    await code.until('the file on disk', () => read('many/planet/example_output.bin').includes('"Earth"'));
    await code.toast('The answer is now many/planet/example_output.bin').waitFor();
  });

  await code.step('answer of bytes', async () => {
    await code.closeToasts();
    await code.openFile('bytes/config.json', 'many • bytes');
    await code.lens('Run example').click();
    await code.heldToast('Example failed', runTimeoutMs);
  });
  await code.step('difference in hex', async () => {
    await code.clickToastButton('Example failed', 'Show Difference');
    await code.until('hex on both sides', async () => {
      const { left, right } = await code.difference();
      return /^00000000 {2}ff fe 00 4d 61 72 73 /m.test(left) && /^00000000 {2}ff fe 00 45 61 72 74 68 /m.test(right);
    });
  });
  const oldBytes = read('many/bytes/example_output.bin');
  const oldMode = fs.statSync(path.join(workspace, 'many/bytes/example_output.bin')).mode & 0o777;
  await code.step('bytes accepted', async () => {
    await page.locator('.editor-actions [aria-label^="Accept as example_output.bin"]').click();
    await code.until('the bytes on disk', () => read('many/bytes/example_output.bin').equals(read('many/bytes/example_input.bin')));
    await code.heldToast('The answer is now many/bytes/example_output.bin');
    await page.locator('.monaco-diff-editor').waitFor({ state: 'detached' });
  });
  await code.step('bytes brought back', async () => {
    await code.clickToastButton('The answer is now many/bytes', 'Undo');
    await code.until('the old bytes on disk', () => read('many/bytes/example_output.bin').equals(oldBytes));
    assert.equal(fs.statSync(path.join(workspace, 'many/bytes/example_output.bin')).mode & 0o777, oldMode);
  });

  let address;
  await code.step('left running', async () => {
    await code.closeToasts();
    await code.openFile('solo/config.json', 'solo');
    await code.command('MECA: Run Example and Leave Its Container Running');
    const toast = await code.heldToast('Its container is left running at', runTimeoutMs);
    [address] = /http:[^ ]+/.exec(await toast.innerText());
  });
  await code.step('opened in the browser', async () => {
    const opened = page.context().waitForEvent('page');
    await code.clickToastButton('Its container is left running at', 'Open');
    const tab = await opened;
    // The window may be far from the engine: VS Code leads there by a way of its own.
    await code.until('its address', () => tab.url().includes(new URL(address).port) || assert.fail(tab.url()));
    const answer = await fetch(tab.url(), { method: 'POST', body: 'hello again' });
    assert.equal(await answer.text(), 'hello again');
    await tab.close();
  });

  return async () => {
    await code.until('the end of the container that was left running', async () => await fetch(address).then(() => false, () => true));
  };
}, workspace => {
  makeEchoFolder(path.join(workspace, 'solo'));
  addUnknownKey(path.join(workspace, 'solo'));
  makeDifferingFolder(path.join(workspace, 'many/planet'));
  addUnknownKey(path.join(workspace, 'many/planet'));
  makeBytesFolder(path.join(workspace, 'many/bytes'));
  makeSilentFolder(path.join(workspace, 'many/silent'));
  makeEchoFolder(path.join(workspace, 'extra'));
  fs.mkdirSync(path.join(workspace, 'many/.vscode'));
  writeSettings(workspace, {});
  writeWorkspace(workspace, {});
  return workspaceFile;
});
