// Tasks as tests: the task view, the Testing view, whoever starts a run; failures, cancelling, run on save, the answer accepted.
//   testing-job.mjs URL TEMPORARY_DIR SHOTS_DIR

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { runJob } from './job.mjs';
import { makeDifferingFolder, makeEchoFolder, makeSilentFolder } from './task-folders.mjs';

const runTimeoutMs = 120_000;

await runJob(async (code, { workspace, runsOutput }) => {
  const onDisk = file => fs.readFileSync(path.join(workspace, file), 'utf8');
  const { page } = code;
  const task = name => code.treeRow('MECA Tasks', name);
  const testIs = async (name, state, ms = runTimeoutMs) => {
    await code.until(`${name} to be ${state}`, async () => await code.test(name).locator(`.codicon-testing-${state}-icon`).isVisible(), ms);
  };
  const runTest = async name => { await code.clickRowButton(code.test(name), '.action-label.codicon-testing-run-icon'); };

  await code.step('task view', async () => {
    await code.until('a ready server', async () => /Language server ready: meca-lsp/.test(await code.status('meca.status')));
    await code.openView('MECA Tasks');
    await code.until('the tasks', async () => /128 MiB, 1 CPU/.test(await task('echo').innerText()));
    await task('planet').waitFor();
    await task('silent').waitFor();
  });

  await code.step('run from the lens', async () => {
    await code.openFile('echo/config.json');
    await code.lens('Run example').click();
    await code.toast('Example passed in').waitFor({ timeout: runTimeoutMs });
    await code.until('the verdict and the peak in the task view', async () => /peak [\d.]+ of 128 MiB/.test(await task('echo').innerText()));
    await code.command('Testing: Focus on Test Explorer View');
    await testIs('echo', 'passed');
    await code.closeToasts();
  });

  await code.step('run from the testing view', async () => {
    await runTest('planet');
    await testIs('planet', 'failed');
  });

  await code.step('failure on its line', async () => {
    await code.openFile('planet/example_output.bin');
    await code.until('answer and expectation', async () => /!=/.test(await page.locator('.test-error-content-widget').innerText()));
    await code.detail('run', { x: 48, y: 4, width: 900, height: 240 });
  });

  await code.step('failed tests again', async () => {
    const failed = () => (runsOutput().match(/^✗ Example failed/mg) ?? []).length; // its icon changes only for as long as the run takes
    const before = failed();
    await code.command('Test: Rerun Failed Tests');
    await code.until('the run', () => failed() > before, runTimeoutMs);
    await testIs('planet', 'failed');
    assert.equal(await page.locator('.notifications-toasts .notification-list-item').count(), 0, 'a toast about what the view shows');
  });

  await code.step('canceled', async () => {
    await runTest('silent');
    await code.until('the wait', async () => /Language server running a job/.test(await code.status('meca.status')));
    await page.locator('.pane-header .codicon-testing-cancel-icon, .composite.title .codicon-testing-cancel-icon').first().click();
    await code.until('the end', async () => /Language server ready/.test(await code.status('meca.status')), runTimeoutMs);
    await testIs('silent', 'skipped');
  });

  const old = onDisk('planet/example_output.bin');
  await code.step('difference with its button', async () => {
    await code.openFile('planet/config.json');
    await code.lens('✗').click();
    await code.until('both sides', async () => {
      const { left, right } = await code.difference();
      return left.includes('"Mars"') && right.includes('"Earth"');
    });
    await page.locator('.editor-actions [aria-label^="Accept as example_output.bin"]').waitFor();
    await code.detail('answer', { x: 352, y: 4, width: 924, height: 150 });
  });
  await code.step('answer accepted', async () => {
    await page.locator('.editor-actions [aria-label^="Accept as example_output.bin"]').click();
    await code.until('the file on disk', () => onDisk('planet/example_output.bin').includes('"Earth"'));
    await page.locator('.monaco-diff-editor').waitFor({ state: 'detached' });
    await code.heldToast('The answer is now planet/example_output.bin');
  });
  await code.step('accepting undone', async () => {
    await code.clickToastButton('The answer is now', 'Undo');
    await code.until('the old bytes on disk', () => onDisk('planet/example_output.bin') === old);
  });

  await code.step('run on save', async () => {
    await code.closeToasts();
    await code.command('Testing: Focus on Test Explorer View');
    await code.clickRowButton(code.test('echo'), '.codicon-testing-turn-continuous-run-on');
    await code.openFile('echo/example_output.bin');
    await page.locator('.editor-instance .monaco-editor[data-uri$="/echo/example_output.bin"]').click();
    await page.keyboard.press('Control+End');
    await page.keyboard.type('x');
    await code.save();
    await testIs('echo', 'failed');
  });
  await code.step('mended and run on save', async () => {
    await page.locator('.editor-instance .monaco-editor[data-uri$="/echo/example_output.bin"]').click();
    await page.keyboard.press('Control+End');
    await page.keyboard.press('Backspace');
    await code.save();
    await testIs('echo', 'passed');
    await code.command('Test: Stop Continuous Run');
  });

  await code.step('as on a host of today', async () => {
    await code.openFile('echo/config.json');
    await code.command('MECA: Run Example as on a Host of Today');
    await code.toast('Example passed as on a host of today in').waitFor({ timeout: runTimeoutMs });
    await testIs('echo', 'passed');
    await code.closeToasts();
  });

  let url;
  const leaveRunning = async () => {
    await code.command('MECA: Run Example and Leave Its Container Running');
    const toast = await code.heldToast('Its container is left running at', runTimeoutMs);
    await toast.locator('.monaco-button').filter({ hasText: 'Open' }).waitFor();
    [url] = /http:[^ ]+/.exec(await toast.innerText());
    const answer = await fetch(url, { method: 'POST', body: 'hello again' });
    assert.match(await answer.text(), /hello again/);
  };
  const isGone = () => code.until('the end of the container', () => fetch(url, { method: 'POST', body: '' }).then(() => false, () => true));
  await code.step('left running', leaveRunning);
  await code.step('stopped by its toast', async () => {
    await code.clickToastButton('Its container is left running at', 'Stop It');
    await isGone();
    await code.lens('Stop the container').waitFor({ state: 'detached' });
    await code.closeToasts();
  });
  await code.step('left running again', leaveRunning);
  await code.step('stopped by its lens', async () => {
    await code.closeToasts();
    await code.lens(`Stop the container at ${url}`).click();
    await isGone();
    await code.lens('Stop the container').waitFor({ state: 'detached' });
  });
  await code.step('left running for the next run', async () => {
    await leaveRunning();
    await code.closeToasts();
  });

  await code.step('all tasks', async () => {
    fs.rmSync(path.join(workspace, 'silent'), { recursive: true });
    await code.openView('MECA Tasks');
    await task('silent').waitFor({ state: 'detached' });
    await code.command('MECA: Run All Tasks');
    await code.toast('1 of 2 tasks passed. Not so: planet:').waitFor({ timeout: runTimeoutMs });
    await assert.rejects(fetch(url, { method: 'POST', body: '' }), 'the next run left the container running');
  });
}, workspace => {
  makeEchoFolder(path.join(workspace, 'echo'));
  makeDifferingFolder(path.join(workspace, 'planet'));
  makeSilentFolder(path.join(workspace, 'silent'));
});
