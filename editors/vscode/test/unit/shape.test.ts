import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isTaskFolder, mentionsResource } from '../../src/shape';

function looks(files: string[], { source = false, resource = false } = {}): Promise<boolean> {
  return isTaskFolder({ files, hasSource: () => Promise.resolve(source), hasResource: () => Promise.resolve(resource) });
}

describe('a task folder', () => {
  it('has three of the seven entries', async () => {
    assert.ok(await looks(['Dockerfile', 'name.txt', 'config.json']));
    assert.ok(await looks(['Dockerfile', 'config.json'], { source: true }));
    assert.ok(!await looks(['Dockerfile'], { source: true }));
  });

  it('or two, where one is a config.json with a resource object', async () => {
    assert.ok(await looks(['Dockerfile', 'config.json'], { resource: true }));
    assert.ok(await looks(['config.json'], { source: true, resource: true }));
    assert.ok(!await looks(['Dockerfile', 'config.json']));
    assert.ok(!await looks(['config.json'], { resource: true }));
    assert.ok(!await looks(['name.txt', 'description.txt'], { resource: true }));
  });
});

it('a resource object is told from other configurations', () => {
  assert.ok(mentionsResource('{ "resource" : {} }'));
  assert.ok(!mentionsResource('{ "resources": {} }'));
  assert.ok(!mentionsResource('{ "resource": "cpu" }'));
});
