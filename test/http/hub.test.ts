/** Addresses of files on the Hugging Face hub, and where its token is sent. */
import { expect, test } from 'vitest'
import { hubAddress } from '../../src/http/hub.ts'

test.each([
  ['hf://lightly/resnet/moco.pth', 'https://huggingface.co/lightly/resnet/resolve/main/moco.pth'],
  ['hf://o/r@v1.0/a/b c.pth', 'https://huggingface.co/o/r/resolve/v1.0/a/b%20c.pth'],
  ['hf://o/r@refs/pr/7/a.pth', 'https://huggingface.co/o/r/resolve/refs%2Fpr%2F7/a.pth'],
  ['hf://o/r@feature%2Fx/a.pth', 'https://huggingface.co/o/r/resolve/feature%2Fx/a.pth'],
  ['hf://o/r/a@b.pth', 'https://huggingface.co/o/r/resolve/main/a%40b.pth'],
  ['hf://o/r/a?b#c.pth', 'https://huggingface.co/o/r/resolve/main/a%3Fb%23c.pth'],
])('%s', (name, address) => {
  expect(hubAddress(name, {})).toEqual({ address })
})

test('the endpoint and the token come from the environment', () => {
  expect(
    hubAddress('hf://o/r/a.pth', { HF_ENDPOINT: 'https://mirror.example/hf/', HF_TOKEN: 'hf_x\n' }),
  ).toEqual({
    address: 'https://mirror.example/hf/o/r/resolve/main/a.pth',
    authorization: 'Bearer hf_x',
  })
  expect(hubAddress('hf://o/r/a.pth', { HF_ENDPOINT: '', HF_TOKEN: '' })).toEqual({
    address: 'https://huggingface.co/o/r/resolve/main/a.pth',
  })
})

test.each(['hf://', 'hf://o', 'hf://o/r', 'hf://o/r/', 'hf://o/r@/a', 'hf:///r/a'])(
  '%s does not name a file',
  name => {
    expect(() => hubAddress(name, {})).toThrow('does not name a file on the hub')
  },
)

test('other names are not on the hub', () => {
  for (const name of ['moco.pth', 'https://huggingface.co/o/r/resolve/main/a.pth', '-'])
    expect(hubAddress(name, { HF_TOKEN: 'x' })).toBeUndefined()
})

test.each(['hf_secret\r\nX-Other: 1', 'hf_sécret', 'hf_secret✓', 'hf secret'])(
  'a token with characters that headers forbid is refused, and not shown',
  token => {
    const ask = () => hubAddress('hf://o/r/a.pth', { HF_TOKEN: token })
    expect(ask).toThrow(/^HF_TOKEN contains an invalid character/)
    expect(ask).not.toThrow(/cret/)
  },
)
