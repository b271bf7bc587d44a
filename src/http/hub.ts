/** Files on the Hugging Face Hub: `hf://owner/repository[@revision]/path`, as huggingface_hub writes them. */
import { UsageError } from '../errors.ts'

const ENDPOINT = 'https://huggingface.co'

/** Revisions that contain a slash; any other revision ends at the first slash. */
const ADDRESS = /^hf:\/\/([^/@]+\/[^/@]+)(?:@(refs\/(?:pr|convert)\/[^/]+|[^/]+))?\/(.+)$/

type Environment = Readonly<Record<string, string | undefined>>

/** @returns undefined if the name does not begin with `hf://` */
export function hubAddress(
  name: string,
  env: Environment,
): { readonly address: string; readonly authorization?: string } | undefined {
  if (!name.startsWith('hf://')) return undefined
  const [, repository, revision = 'main', path] = ADDRESS.exec(name) ?? []
  if (repository === undefined || path === undefined)
    throw new UsageError(
      `${name} does not name a file on the hub.`,
      'It looks like hf://owner/repository/file.pth, or hf://owner/repository@revision/file.pth.',
    )
  const endpoint = (env.HF_ENDPOINT || ENDPOINT).replace(/\/+$/, '')
  const parts = [...repository.split('/'), 'resolve', revision.replace(/%2f/gi, '/'), ...path.split('/')]
  const address = [endpoint, ...parts.map(encodeURIComponent)].join('/')
  const token = env.HF_TOKEN?.trim()
  if (!token) return { address }
  // The platform's own error would show the token.
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new UsageError(
      'HF_TOKEN contains an invalid character: a space, a line break, or a non-ASCII letter.',
      'Copy the token again from https://huggingface.co/settings/tokens.',
    )
  return { address, authorization: `Bearer ${token}` }
}
