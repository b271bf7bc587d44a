// Builds the page that converts in the browser: site/dist/index.html, a single file that also works from a disk. Its policy
// forbids all requests, and all scripts and styles except its own two.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '../')

/**
 * Where the page's links to documents lead: to GitHub if the repository is known, otherwise to this clone, relative to site/dist.
 */
function homeOf({ GITHUB_REPOSITORY } = process.env) {
  const { repository } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))
  const named =
    GITHUB_REPOSITORY ??
    /github(?:\.com[/:]|:)([\w.-]+\/[\w.-]+?)(?:\.git)?$/.exec(repository?.url ?? repository)?.[1]
  return named ? `https://github.com/${named}/blob/main/` : '../../'
}

/** @returns the page as one text */
export async function buildSite() {
  const common = { absWorkingDir: root, bundle: true, minify: true, write: false, legalComments: 'none' }
  const [script, style] = await Promise.all([
    build({ ...common, entryPoints: ['site/page.ts'], platform: 'browser', format: 'esm', target: 'es2022' }),
    build({ ...common, entryPoints: ['site/style.css'] }),
  ])
  // A string must not end the script element.
  const code = script.outputFiles[0].text.trim().replaceAll('</script', '<\\/script')
  const css = style.outputFiles[0].text.trim()
  const policy = [
    "default-src 'none'",
    `script-src ${hash(code)}`,
    `style-src ${hash(css)}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  return readFileSync(`${root}site/index.html`, 'utf8')
    .replace('<!-- policy -->', () => `<meta http-equiv="Content-Security-Policy" content="${policy}">`)
    .replace('<!-- style -->', () => `<style>${css}</style>`)
    .replaceAll('<!-- home -->', () => homeOf())
    .replace('<!-- script -->', () => `<script type="module">${code}</script>`)
}

function hash(text) {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}

if (process.argv[1] === import.meta.filename) {
  const page = await buildSite()
  mkdirSync(`${root}site/dist`, { recursive: true })
  writeFileSync(`${root}site/dist/index.html`, page)
  console.log(`site/dist/index.html, ${(page.length / 1000).toFixed(0)} kB`)
}
