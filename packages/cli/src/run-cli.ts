import { Command, CommanderError } from 'commander'
import { addInspectCommand } from './inspect-command.ts'
import { addModelsCommand } from './models-command.ts'
import { addPlanCommand } from './plan-command.ts'
import { say } from './print.ts'
import { latentkitVersion } from './receipt.ts'
import { addReplayCommand } from './replay-command.ts'
import { exitCodes, reportError } from './report-error.ts'
import { addUpscaleCommand } from './upscale-command.ts'

/** Says what is wrong with options; only commander's own advice has a line for itself. */
function sayUsage(text: string): void {
  const [, problem = '', , advice] = /^([\s\S]*?)(\n(\(Did you mean [^\n]*))?\n?$/.exec(text) ?? []
  say(problem)
  if (advice !== undefined) say(advice)
}

/** Runs the command line and resolves to the exit code. */
export async function runCli(args: readonly string[]): Promise<number> {
  const program = new Command('latentkit')
    .description('Runs latent diffusion models on your own machine, without Python.')
    .version(latentkitVersion())
    .showHelpAfterError('(--help shows what there is)')
    .exitOverride()
    .configureOutput({ outputError: sayUsage })
    .configureHelp({ showGlobalOptions: true })
    .option('--debug', 'show where an error came from')
  addUpscaleCommand(program)
  addReplayCommand(program)
  addInspectCommand(program)
  addModelsCommand(program)
  addPlanCommand(program)
  try {
    await program.parseAsync([...args], { from: 'user' })
    return exitCodes.ok
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
    return reportError(error, program.opts<{ debug?: boolean }>().debug ?? false)
  }
}
