// SPDX-License-Identifier: Apache-2.0
// Loads an installed package by its name; runs in the smoke test's project: node load.mjs NAME VERSION INSTALL…,
// where INSTALL is the command that installed it.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const CODE = /(^|\/)[^./]+$|\.(js|mjs|cjs|json|node)$/;
const [name, version, program, ...install] = process.argv.slice(2);
const folder = join(process.cwd(), 'node_modules', ...name.split('/'));

/** Whether a list such as `os` of a package admits a value: https://docs.npmjs.com/cli/v11/configuring-npm/package-json#os */
function admits(list, mine) {
  const all = [list ?? []].flat();
  const wanted = all.filter((each) => !each.startsWith('!'));
  return !all.includes(`!${mine}`) && (!wanted.length || wanted.includes(mine) || wanted.includes('any'));
}

function fits({ os, cpu, libc }) {
  const mine = process.report?.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl';
  return admits(os, process.platform) && admits(cpu, process.arch) && (!libc || (process.platform === 'linux' && admits(libc, mine)));
}

if (!existsSync(folder)) {
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  const found = lock.packages?.[`node_modules/${name}`];
  if (found?.version === version && !fits(found)) process.exit(0);
  // npm keeps silent about what is optional and fails; of what is required it says why.
  const { optionalDependencies: optional, ...project } = JSON.parse(readFileSync('package.json', 'utf8'));
  const dependencies = { [name]: optional[name] };
  delete optional[name];
  writeFileSync('package.json', JSON.stringify({ ...project, dependencies, optionalDependencies: optional }));
  for (const left of ['package-lock.json', 'node_modules']) rmSync(left, { recursive: true, force: true });
  const { status } = spawnSync(program, install, { stdio: 'inherit', shell: process.platform === 'win32' });
  if (status !== 0 || !existsSync(folder)) process.exit(1);
}
const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8').replace(/^\uFEFF/, ''));

/** Whether a value of `exports` leads to code under a condition that Node knows. */
function runs(target) {
  if (typeof target === 'string') return CODE.test(target);
  if (Array.isArray(target)) return target.some(runs);
  return Object.entries(target ?? {}).some(([condition, inner]) =>
    ['node', 'import', 'require', 'default', 'module-sync', 'node-addons'].includes(condition) && runs(inner));
}

/** Whether the package can be asked for by its name alone: one of types, programs or styles only cannot. */
function hasEntry({ exports, main }) {
  if (exports !== undefined && exports !== null) {
    const keyed = typeof exports === 'object' && Object.keys(exports).some((key) => key.startsWith('.'));
    return runs(keyed ? exports['.'] : exports);
  }
  if (main) return CODE.test(main);
  return ['index.js', 'index.json', 'index.node'].some((file) => existsSync(join(folder, file)));
}

function check(condition, message) {
  if (condition) return;
  console.error(message);
  process.exit(1);
}

check(
  manifest.name === name && manifest.version === version,
  `${manifest.name} ${manifest.version} is installed, not ${name} ${version}`,
);
const programs = typeof manifest.bin === 'string' ? [manifest.bin] : Object.values(manifest.bin ?? {});
for (const program of programs) check(existsSync(join(folder, program)), `${name} has no ${program}, which is in its bin`);
if (hasEntry(manifest)) {
  try {
    await import(name);
  } catch (first) {
    try {
      createRequire(join(process.cwd(), 'load.mjs'))(name);
    } catch {
      throw first;
    }
  }
}
process.exit(0);
