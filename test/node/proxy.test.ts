/** A proxy named in the environment is used, or a note says that it cannot be. */
import { expect, test } from 'vitest'
import { proxyFor, useProxy } from '../../src/node/proxy.ts'

const PROXY = 'http://user:secret@proxy:3128'
const SHOWN = 'http://proxy:3128'

test.each<[string, Record<string, string>, string | undefined]>([
  ['https://host/x', {}, undefined],
  ['https://host/x', { HTTPS_PROXY: PROXY }, SHOWN],
  ['https://host/x', { https_proxy: PROXY, HTTPS_PROXY: 'http://other' }, SHOWN],
  ['http://host/x', { HTTPS_PROXY: PROXY }, undefined],
  ['http://host/x', { HTTP_PROXY: PROXY }, SHOWN],
  ['https://host/x', { HTTPS_PROXY: PROXY, NO_PROXY: '*' }, undefined],
  ['https://a.host.org/x', { HTTPS_PROXY: PROXY, NO_PROXY: 'x, .host.org' }, undefined],
  ['https://a.host.org:8443/x', { HTTPS_PROXY: PROXY, no_proxy: '*.host.org:8443' }, undefined],
  ['https://ahost.org/x', { HTTPS_PROXY: PROXY, NO_PROXY: 'host.org' }, SHOWN],
  ['https://host/x', { HTTPS_PROXY: '', NO_PROXY: '' }, undefined],
])('%s with %j goes through %s', (address, env, proxy) => {
  expect(proxyFor(new URL(address), env)).toBe(proxy)
})

test('a proxy that cannot be used is reported once, without the password', () => {
  const http = process.getBuiltinModule('node:http') as { setGlobalProxyFromEnv?: (env: object) => void }
  const before = http.setGlobalProxyFromEnv
  const notes: string[] = []
  Object.assign(http, { setGlobalProxyFromEnv: undefined })
  for (let time = 0; time < 2; time++)
    useProxy(new URL('https://host/x'), { HTTPS_PROXY: PROXY }, note => notes.push(note))
  Object.assign(http, { setGlobalProxyFromEnv: before })
  expect(notes).toEqual([
    expect.stringMatching(/^the environment names the proxy http:\/\/proxy:3128, .*NODE_USE_ENV_PROXY=1/),
  ])
})
