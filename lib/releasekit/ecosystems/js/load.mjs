// SPDX-License-Identifier: Apache-2.0
// Loads an installed package by its name; runs in the smoke test's project: node load.mjs NAME VERSION.

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const CODE = /(^|\/)[^./]+$|\.(js|mjs|cjs|json|node)$/;
const [name, version] = process.argv.slice(2);
const folder = join(process.cwd(), 'node_modules', ...name.split('/'));
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
