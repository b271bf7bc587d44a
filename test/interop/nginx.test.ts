/** Reading from a real web server: ranges, redirects, passwords, compression, and without each of these. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runHere } from '../helpers/cli.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

const SWAV = join(import.meta.dirname, '../../fixtures/checkpoints/swav_released.pth.tar')
const folder = temporaryFolder()
const files = join(folder, 'files')
const output = join(folder, 'out.pth')
// On Debian it is only in the path of administrators.
const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` }
const found = spawnSync('nginx', ['-v'], { encoding: 'utf8', env })
const isThere = found.status === 0
if (!isThere && process.env.REQUIRE_NGINX === '1') throw new Error('nginx is not installed')
if (!isThere) console.warn('SKIPPED: there is no nginx here; tests against a real web server are left out.')

let nginx: ChildProcess | undefined
let port: number

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise(resolve => server.close(resolve))
  return port
}

const configuration = (): string => `
daemon off;
${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr;
events {}
http {
  access_log off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(name => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
  server {
    listen 127.0.0.1:${port};
    location / { root ${files}; }
    location /whole/ { alias ${files}/; max_ranges 0; }
    location /packed/ { alias ${files}/; gzip on; gzip_types *; gzip_min_length 0; }
    location /private/ { alias ${files}/; auth_basic secret; auth_basic_user_file ${folder}/passwords; }
    location /moved/ { return 302 /large.pth; }
    location /elsewhere/ { return 301 http://localhost:${port}/large.pth; }
    location /leak/ { return 302 http://localhost:${port}/private/large.pth; }
  }
}`

beforeAll(async () => {
  if (!isThere) return
  mkdirSync(files)
  copyFileSync(SWAV, join(files, 'small.pth'))
  await runHere(SWAV, join(files, 'large.pth'))
  writeFileSync(join(files, 'empty.pth'), '')
  writeFileSync(join(folder, 'passwords'), 'user:{PLAIN}pass\n')
  port = await freePort()
  const config = join(folder, 'nginx.conf')
  writeFileSync(config, configuration())
  nginx = spawn('nginx', ['-c', config, '-p', folder], { stdio: 'ignore', env })
  for (let time = 0; time < 100; time++) {
    if (
      await fetch(`http://127.0.0.1:${port}/empty.pth`).then(
        () => true,
        () => false,
      )
    )
      return
    await wait(50)
  }
  throw new Error('nginx does not start')
})

afterAll(() => {
  nginx?.kill()
})

const at = (path: string, user = ''): string => `http://${user}127.0.0.1:${port}/${path}`

describe.skipIf(!isThere)('a checkpoint on nginx', () => {
  test.each([
    ['without a password', 'large.pth', ''],
    ['with compression enabled in nginx', 'packed/large.pth', ''],
    ['behind a password', 'private/large.pth', 'user:pass@'],
    ['that has moved', 'moved/', ''],
    ['that has moved to another host', 'elsewhere/', 'user:pass@'],
  ])('%s is read in ranges', async (_, path, user) => {
    const ran = await runHere(at(path, user), output, '--json')
    expect(ran).toMatchObject({ code: 0, err: '' })
    const { input, kept, report } = JSON.parse(ran.out)
    expect(report).toMatchObject({ present: 318, complete: true })
    expect(input.fetched.bytes / kept.bytes).toBeLessThan(1.02)
    expect(input.fetched.requests).toBeGreaterThan(20)
    const local = join(folder, 'local.pth')
    await runHere(join(files, 'large.pth'), local)
    expect(readFileSync(output).equals(readFileSync(local))).toBe(true)
  })

  test('is inspected in a few requests', async () => {
    const { fetched } = JSON.parse((await runHere('inspect', at('large.pth'), '--json')).out)
    expect(fetched.requests).toBeLessThan(5)
    expect(fetched.bytes).toBeLessThan(400_000)
  })

  test('is downloaded completely if ranges are not supported', async () => {
    const ran = await runHere(at('whole/large.pth'), output)
    expect(ran.code).toBe(0)
    expect(ran.err).toContain('the server does not support range requests')
  })

  test.each([
    ['that is missing', 'none.pth', '', 2, 'There is no file'],
    ['that is empty', 'empty.pth', '', 3, 'an empty file'],
    ['behind a password that was not given', 'private/small.pth', '', 5, 'answered 401'],
    ['behind a wrong password', 'private/small.pth', 'user:no@', 5, 'answered 401'],
    // The other host would accept the password: it is not sent.
    ['behind a password on another host', 'leak/', 'user:pass@', 5, 'answered 401'],
  ])('%s is reported', async (_, path, user, code, message) => {
    const ran = await runHere(at(path, user), output)
    expect(ran.code).toBe(code)
    expect(ran.err).toContain(message)
  })
})
