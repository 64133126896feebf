import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = fileURLToPath(new URL('..', import.meta.url))

/** The compiler options that the project itself is held to, for one file that is checked against the built declarations. */
function compilerOptions (): ts.CompilerOptions {
  const { config } = ts.readConfigFile(`${root}/tsconfig.json`, ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  // Without these two the package's own name leads to its declarations, as for everybody else, and not to its sources.
  const { outDir, rootDir, ...others } = options
  return { ...others, noEmit: true, noUnusedLocals: false }
}

/** A program of one TypeScript file. */
export function programOf (file: string, more: ts.CompilerOptions = {}): ts.Program {
  return ts.createProgram([file], { ...compilerOptions(), ...more })
}

/** The names that a module exports: values, and types where they are none. */
export function exportsOf (program: ts.Program, file: string): { readonly values: string[], readonly types: string[] } {
  const checker = program.getTypeChecker()
  const source = program.getSourceFile(file)
  const symbol = source === undefined ? undefined : checker.getSymbolAtLocation(source)
  if (symbol === undefined) throw new Error(`${file} is no module of the program`)
  const names: { values: string[], types: string[] } = { values: [], types: [] }
  for (const exported of checker.getExportsOfModule(symbol)) {
    const meant = (exported.flags & ts.SymbolFlags.Alias) === 0 ? exported : checker.getAliasedSymbol(exported)
    names[(meant.flags & ts.SymbolFlags.Value) === 0 ? 'types' : 'values'].push(exported.name)
  }
  return { values: names.values.sort(), types: names.types.sort() }
}

/** What the compiler has against those files of a program that are wanted, in words; an empty list where they are right. */
export function complaints (program: ts.Program, isWanted: (path: string) => boolean): string[] {
  const files = program.getSourceFiles().filter(({ fileName }) => isWanted(fileName))
  const faults = files.flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)])
  return [...program.getGlobalDiagnostics(), ...faults].map(({ file, start, messageText }) => {
    const line = file === undefined || start === undefined ? 0 : file.getLineAndCharacterOfPosition(start).line + 1
    return `${file?.fileName ?? ''}:${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
  })
}

/** Writes a TypeScript file's JavaScript beside it, and gives its path. */
export async function emit (file: string, text: string): Promise<string> {
  const script = file.replace(/\.ts$/, '.js')
  const options = { ...compilerOptions(), module: ts.ModuleKind.ESNext }
  await writeFile(script, ts.transpileModule(text, { compilerOptions: options }).outputText)
  return script
}

/** The names of the members of an interface that the package exports. */
export function membersOf (program: ts.Program, file: string, type: string): string[] {
  const source = program.getSourceFile(file)
  const checker = program.getTypeChecker()
  const alias = source?.statements.filter(ts.isTypeAliasDeclaration).find(({ name }) => name.text === type)
  if (alias === undefined) throw new Error(`${file} has no type alias ${type}`)
  return checker.getPropertiesOfType(checker.getTypeAtLocation(alias)).map(({ name }) => name)
}
