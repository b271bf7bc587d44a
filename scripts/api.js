// Writes docs/api.md from the declarations of src/index.ts and their comments; a test fails if it is out of date.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import ts from 'typescript'

const ROOT = join(import.meta.dirname, '../')

/** Groups of values, in the order in which people need them. */
const TOPICS = [
  {
    title: 'Convert',
    about: 'In one call: open, decide, verify, write. The output is complete, or there is none.',
    names: ['convertFile', 'convertSource'],
  },
  {
    title: 'Step by step',
    about: 'The same, step by step: to inspect the decision, or to use your own rules.',
    names: ['openCheckpointFile', 'openCheckpoint', 'decideOrThrow', 'methodByHand', 'writeBackbone'],
  },
  {
    title: 'Check',
    about: 'Will MMDetection load it, does it equal its source, was it trained?',
    names: ['verifyFile', 'diffStates', 'probeBackbone'],
  },
  { title: 'Configs', about: 'For MMDetection 2.x and 3.x.', names: ['configFor'] },
  {
    title: 'Values of tensors',
    about: 'Tensors are only names, types and shapes until they are read.',
    names: ['readTensor', 'readFloats'],
  },
  {
    title: 'Bytes',
    about: 'Input and output without the file system.',
    names: ['blobSource', 'memorySource', 'openUrl', 'memorySink', 'streamSink'],
  },
  { title: 'What is known', about: 'Data.', names: ['METHODS', 'FAMILIES', 'TARGETS'] },
  {
    title: 'Errors',
    about:
      'One class for each kind of problem. Messages say where it is, what was expected, what was found and what to do.',
    names: ['ToolError', 'MismatchError', 'UsageError', 'FormatError', 'UnsupportedError', 'SystemError'],
  },
]

const KINDS = {
  [ts.SyntaxKind.FunctionDeclaration]: 'function',
  [ts.SyntaxKind.InterfaceDeclaration]: 'interface',
  [ts.SyntaxKind.TypeAliasDeclaration]: 'type',
  [ts.SyntaxKind.ClassDeclaration]: 'class',
  [ts.SyntaxKind.VariableStatement]: 'constant',
}

/** @returns every export: name, kind, comment, tags, declaration, whether `selfsup2mmdet/browser` has it, which names it uses */
export function readApi() {
  const program = createProgram()
  const checker = program.getTypeChecker()
  const exportsOf = file =>
    checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(`${ROOT}${file}`)))
  const everywhere = new Set(exportsOf('src/browser.ts').map(({ name }) => name))
  const declared = declarations(program)
  const found = exportsOf('src/index.ts').map(symbol => {
    const original = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
    const { fileName } = original.declarations[0].getSourceFile()
    return {
      name: symbol.name,
      file: relative(ROOT, fileName),
      inBrowser: everywhere.has(symbol.name),
      ...describe(declared.get(fileName), original.name),
    }
  })
  const names = new Set(found.map(({ name }) => name))
  for (const entry of found) entry.lacks = entry.ours.filter(name => !names.has(name))
  for (const entry of found) entry.refersTo = entry.refersTo.filter(name => names.has(name))
  return found.sort((a, b) => order(a.name.toLowerCase(), b.name.toLowerCase()) || order(a.name, b.name))
}

function order(a, b) {
  return a < b ? -1 : Number(a > b)
}

function createProgram() {
  const { config } = ts.readConfigFile(`${ROOT}tsconfig.types.json`, ts.sys.readFile)
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT)
  return ts.createProgram(fileNames, { ...options, noEmit: false, emitDeclarationOnly: true })
}

/** The compiler's declarations of each source: no bodies, all types. */
function declarations(program) {
  const files = new Map()
  program.emit(
    undefined,
    (name, text, _mark, _error, [source]) =>
      files.set(source.fileName, ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true)),
    undefined,
    true,
  )
  return files
}

function describe(file, name) {
  const node = file.statements.find(statement =>
    (statement.declarationList?.declarations ?? [statement]).some(declared => declared.name?.text === name),
  )
  // The last one, because the first statement of a file also has the file's comment.
  const comment = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc).at(-1)
  return {
    kind: KINDS[node.kind],
    about: prose(comment?.comment),
    tags: (comment?.tags ?? []).map(tag => ({
      tag: tag.tagName.text,
      name: ts.isJSDocParameterTag(tag) ? tag.name.text : '',
      text: prose(tag.comment),
    })),
    declaration: node
      .getText(file)
      .replace(/^export (declare )?/, '')
      .replace(/^( {4})+/gm, indent => ' '.repeat(indent.length / 2))
      .replace(/;$/gm, ''),
    refersTo: namesIn(node).filter(found => found !== name),
    ours: namesIn(node).filter(found => declaredIn(file).has(found)),
  }
}

/** Names that a file declares or imports from our files; all others belong to the platform, or are parameters. */
function declaredIn(file) {
  const names = file.statements.flatMap(statement => {
    if (ts.isImportDeclaration(statement))
      return statement.moduleSpecifier.text.startsWith('.')
        ? (statement.importClause?.namedBindings?.elements ?? []).map(({ name }) => name.text)
        : []
    return (statement.declarationList?.declarations ?? [statement]).map(declared => declared.name?.text)
  })
  return new Set(names)
}

/** A comment as one line, without stars and line breaks. */
function prose(comment) {
  return (ts.getTextOfJSDocComment(comment) ?? '').replace(/\s*\n\s*/g, ' ').trim()
}

function namesIn(node) {
  const names = new Set()
  const visit = child => {
    if (ts.isTypeReferenceNode(child)) names.add(child.typeName.getText())
    if (ts.isTypeQueryNode(child)) names.add(child.exprName.getText())
    if (ts.isExpressionWithTypeArguments(child)) names.add(child.expression.getText())
    if (ts.isImportTypeNode(child)) names.add(child.qualifier.getText())
    ts.forEachChild(child, visit)
  }
  visit(node)
  return [...names].sort()
}

/** Kinds that exist at run time. */
const VALUES = ['function', 'class', 'constant']

/** @returns docs/api.md */
export function apiPage(api = readApi()) {
  const byName = new Map(api.map(entry => [entry.name, entry]))
  const topics = TOPICS.map(topic => ({ ...topic, entries: topic.names.map(name => byName.get(name)) }))
  const listed = new Set(TOPICS.flatMap(({ names }) => names))
  const types = api.filter(({ kind }) => !VALUES.includes(kind))
  const left = api.find(({ kind, name }) => VALUES.includes(kind) && !listed.has(name))
  if (left) throw new Error(`scripts/api.js has no topic for ${left.name}`)
  const anchors = anchorsOf([...topics, { title: 'Types', entries: types }])
  const link = name => `[\`${name}\`](#${anchors.get(name)})`
  return `# The library

Written by \`npm run api\` from the sources: no need to edit.

\`import { … } from 'selfsup2mmdet'\` has all of this. \`selfsup2mmdet/browser\` has everything except what is marked **Node only**;
bundlers for browsers select it automatically. Sizes and offsets are in bytes. If a function returns a promise, errors reject it.

| to | use |
|---|---|
${topics.map(({ title, names }) => `| [${title.toLowerCase()}](#${slugOf(title)}) | ${names.map(link).join(', ')} |`).join('\n')}

${topics.map(({ title, about, entries }) => [`## ${title}`, about, ...entries.map(entry => section(entry, link))].join('\n\n')).join('\n\n')}

## Types

All types used above, in alphabetical order.

${types.map(entry => section(entry, link)).join('\n\n')}
`
}

function slugOf(heading) {
  return heading.toLowerCase().replaceAll(' ', '-')
}

/** Headings that only differ in case get numbers, in order, as on GitHub. */
function anchorsOf(chapters) {
  const [anchors, seen] = [new Map(), new Map()]
  for (const { title, entries } of chapters)
    for (const heading of [title, ...entries.map(({ name }) => name)]) {
      const slug = slugOf(heading)
      const before = seen.get(slug) ?? 0
      seen.set(slug, before + 1)
      if (heading !== title) anchors.set(heading, before === 0 ? slug : `${slug}-${before}`)
    }
  return anchors
}

/** The programs in examples/ by the names that they import. */
export function examplesOf(name) {
  return readdirSync(join(ROOT, 'examples')).filter(file => {
    const [, imported = ''] = /import \{([^}]*)\} from 'selfsup2mmdet/.exec(
      readFileSync(join(ROOT, 'examples', file), 'utf8'),
    )
    return imported.split(',').some(one => one.trim() === name)
  })
}

const LABELS = { param: 'parameter', throws: 'throws', returns: 'returns' }

function section({ name, kind, file, inBrowser, about, tags, declaration, refersTo }, link) {
  const lines = tags.map(({ tag, name, text }) => `- ${LABELS[tag] ?? tag}${name && ` \`${name}\``}: ${text}`)
  const examples = VALUES.includes(kind) ? examplesOf(name) : []
  return [
    `### ${name}`,
    [
      `${kind} · [${file.replace('src/', '')}](../${file})`,
      ...examples.map(example => `[${example}](../examples/${example})`),
      ...(inBrowser ? [] : ['**Node only**']),
    ].join(' · '),
    about,
    lines.join('\n'),
    `\`\`\`ts\n${declaration}\n\`\`\``,
    refersTo.length > 0 ? `See ${refersTo.map(link).join(', ')}.` : '',
  ]
    .filter(text => text !== '')
    .join('\n\n')
}

if (process.argv[1] === import.meta.filename)
  writeFileSync(new URL('../docs/api.md', import.meta.url), apiPage())
