import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The compiler options that the project itself is held to, for one file that is checked against the built declarations. */
function compilerOptions (): ts.CompilerOptions {
  const { config } = ts.readConfigFile(`${root}/tsconfig.json`, ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  // Without these two the package's own name leads to its declarations, as for everybody else, and not to its sources.
  const { outDir, rootDir, ...others } = options
  return { ...others, noEmit: true, noUnusedLocals: false }
}

/** A program of one TypeScript file. */
export function programOf (file: string): ts.Program {
  return ts.createProgram([file], compilerOptions())
}

/** What the compiler has against a program, in words; an empty list where it is right. */
export function complaints (program: ts.Program): string[] {
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const line = file === undefined || start === undefined ? '' : `${file.getLineAndCharacterOfPosition(start).line + 1}: `
    return line + ts.flattenDiagnosticMessageText(messageText, '\n')
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
