/** Standard input and output: checkpoints pass through unharmed, and no temporary files are left. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { runBinary, runHere, startBinary } from '../helpers/cli.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const MOCO = join(import.meta.dirname, '../../fixtures/checkpoints/moco_v2.pth.tar')
const BINARY = join(import.meta.dirname, '../../bin/selfsup2mmdet.js')
const folder = temporaryFolder()
const temporary = join(folder, 'tmp')
const output = join(folder, 'out.pth')
const env = { TMPDIR: temporary }
let expected: Buffer

beforeAll(async () => {
  mkdirSync(temporary)
  await runHere(MOCO, output)
  expected = readFileSync(output)
})

function shell(command: string) {
  return spawnSync('sh', ['-c', command], {
    encoding: 'buffer',
    maxBuffer: 2 ** 28,
    env: { ...process.env, ...env, NODE: process.execPath, BINARY, MOCO, OUT: join(folder, 'piped.pth') },
  })
}

test('a pipe is read through a temporary file, with a note', () => {
  const ran = shell('rm -f "$OUT" && cat "$MOCO" | "$NODE" "$BINARY" - "$OUT" && cat "$OUT"')
  expect(ran.status).toBe(0)
  expect(ran.stderr.toString()).toMatch(/^note: standard input is a pipe: copying it to a temporary file\n$/)
  expect(ran.stdout.toString('latin1')).toContain('read        standard input: PyTorch legacy stream')
  expect(ran.stdout.subarray(-expected.length).equals(expected)).toBe(true)
  expect(readdirSync(temporary)).toEqual([])
})

test('a slow reader gets everything, not only what fits into the pipe', () => {
  const ran = shell('{ "$NODE" "$BINARY" inspect --all --json "$MOCO"; echo "exit $?"; } | (sleep 2; cat)')
  const [text, last] = ran.stdout.toString().split(/\n(?=exit \d+\n$)/)
  expect(ran.stdout.length).toBeGreaterThan(65536)
  expect(JSON.parse(text!)).toMatchObject({ schema: 'selfsup2mmdet/inspect/1' })
  expect(last).toBe('exit 0\n')
})

test('a file on standard input is read in place', () => {
  const ran = shell('"$NODE" "$BINARY" inspect - < "$MOCO"')
  expect(ran.stderr.toString()).toBe('')
  expect(ran.stdout.toString()).toContain('file        standard input, 105.6 kB')
})

test('the input on standard input is never the output', () => {
  const ran = shell('cp "$MOCO" "$OUT" && "$NODE" "$BINARY" - "$OUT" < "$OUT"')
  expect(ran.status).toBe(2)
  expect(ran.stderr.toString()).toContain('the same file')
})

test('nor can standard output append to it', () => {
  const ran = shell('cp "$MOCO" "$OUT" && "$NODE" "$BINARY" "$OUT" - >> "$OUT"; cmp "$MOCO" "$OUT"')
  expect(ran.status).toBe(0)
  expect(ran.stderr.toString()).toContain('Standard output and ')
})

test('a file on standard output that is too small is an error', () => {
  // Just below the size, in blocks of 1024 bytes: all writes but the last would fit.
  const ran = shell('ulimit -f 92062; "$NODE" "$BINARY" -q "$MOCO" - --format safetensors > "$OUT"')
  expect(ran.status).toBe(5)
  expect(ran.stderr.toString()).toContain('Cannot write to standard output')
})

test('standard output holds the checkpoint and nothing else, also with --json', () => {
  for (const options of ['', '--json']) {
    const ran = shell(`"$NODE" "$BINARY" "$MOCO" - ${options} | cat`)
    expect(ran.status).toBe(0)
    expect(ran.stdout.equals(expected)).toBe(true)
    if (options) expect(JSON.parse(ran.stderr.toString()).output.path).toBe('-')
    else expect(ran.stderr.toString()).toContain('wrote       standard output, 94.4 MB')
  }
})

test('both at once', () => {
  const ran = shell('cat "$MOCO" | "$NODE" "$BINARY" -q - - | cat')
  expect(ran.stdout.equals(expected)).toBe(true)
  expect(ran.stderr.toString()).toBe('')
})

test('an error leaves standard output empty, also with --json', () => {
  for (const options of [[], ['--json']]) {
    const ran = runBinary([MOCO, '-', '--selfsup', 'swav', ...options])
    expect(ran).toMatchObject({ code: 1, out: '' })
    expect(ran.err).toContain('does not look like swav')
    if (options.length > 0) expect(JSON.parse(ran.err)).toMatchObject({ error: { exitCode: 1 } })
  }
})

test('a reader that stops early is an error with a message', () => {
  const ran = shell('{ "$NODE" "$BINARY" "$MOCO" -; echo "code $?" >&2; } | head -c 100 > /dev/null')
  expect(ran.stderr.toString()).toMatch(
    /^SystemError: Cannot write to standard output: .*EPIPE.*\n.*\ncode 5\n$/,
  )
})

test('a checkpoint is not printed to a terminal', async () => {
  const { main } = await import('../../src/cli/main.ts')
  let err = ''
  const io = {
    out() {},
    err(text: string) {
      err += text
    },
    outIsTerminal: true,
    errIsTerminal: false,
    env: {},
  }
  expect(await main([MOCO, '-'], io)).toBe(2)
  expect(err).toContain('Refusing to print a binary checkpoint to a terminal')
})

test('a truncated pipe is reported like any other truncated file', () => {
  const ran = shell('rm "$OUT" && head -c 50000 "$MOCO" | "$NODE" "$BINARY" - "$OUT"')
  expect(ran.status).toBe(3)
  expect(ran.stderr.toString()).toContain('standard input: byte')
  expect(readdirSync(temporary)).toEqual([])
})

test('a signal in the middle leaves nothing behind', async () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
    const { child, ended } = startBinary(['-', join(folder, 'none.pth')], env)
    await new Promise(resolve => child.stdin!.write(readFileSync(MOCO).subarray(0, 60_000), resolve))
    await new Promise(resolve => child.stderr!.once('data', resolve))
    // Between creating the file and removing its name, nothing could clean up after SIGKILL.
    await wait(200)
    child.kill(signal)
    expect(await ended).toMatchObject({ signal, out: '' })
    expect(readdirSync(temporary)).toEqual([])
    expect(readdirSync(folder)).not.toContain('none.pth')
  }
})

const FULL = '/dev/full'
const hasFull = existsSync(FULL)
if (!hasFull) console.warn(`SKIPPED: there is no ${FULL} here; what cannot be printed is not tried.`)

describe.skipIf(!hasFull)('output that cannot be printed is an error, with an exit code', () => {
  const told =
    /^SystemError: Cannot write to standard output: ENOSPC: .*\.\n(The output is incomplete; .*\n)?$/

  test.each([
    '--version',
    '-V',
    '--help',
    'methods',
    'methods --json',
    'completion bash',
    'config moco',
    'inspect "$MOCO"',
    'inspect "$MOCO" --json',
    '"$MOCO" "$OUT"',
    '"$MOCO" -',
  ])('%s', command => {
    const ran = shell(`"$NODE" "$BINARY" ${command} > ${FULL}`)
    expect(ran.stderr.toString()).toMatch(told)
    expect(ran.status).toBe(5)
  })

  test('an output file is complete anyway', () => {
    shell(`"$NODE" "$BINARY" "$MOCO" "$OUT" > ${FULL}`)
    expect(readFileSync(join(folder, 'piped.pth')).equals(expected)).toBe(true)
  })

  test('if standard error is full, only the exit code shows it', () => {
    expect(shell(`"$NODE" "$BINARY" nothing.pth "$OUT" 2> ${FULL}`).status).toBe(5)
  })

  test('closed streams do no harm', () => {
    // Node opens /dev/null instead.
    expect(shell('"$NODE" "$BINARY" methods >&-')).toMatchObject({ status: 0, stderr: Buffer.alloc(0) })
    expect(shell('"$NODE" "$BINARY" -V >&-').status).toBe(0)
    expect(shell('"$NODE" "$BINARY" nothing.pth "$OUT" 2>&-').status).toBe(2)
  })
})

test('an endless stream of something else ends at once', () => {
  for (const [text, found] of [
    ['y', /found a text file/],
    ['<html>', /found a web page/],
  ] as const) {
    const started = performance.now()
    const ran = shell(`yes '${text}' | "$NODE" "$BINARY" inspect -`)
    expect(ran.stderr.toString()).toMatch(found)
    expect(ran.status).toBe(3)
    // Otherwise, it would run until the disk is full.
    expect(performance.now() - started).toBeLessThan(20_000)
  }
  expect(readdirSync(temporary)).toEqual([])
})
