import { readFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'

/** What the user's environment says about the Hugging Face hub, in the variables of Python's huggingface_hub. */
export interface HubEnvironment {
  /** `HF_HUB_CACHE`, or `hub` in `HF_HOME`, or `~/.cache/huggingface/hub`. */
  readonly cacheDir: string
  /** `HF_ENDPOINT`. */
  readonly endpoint: string | undefined
  /** `HF_TOKEN`, or what `hf auth login` saved. */
  readonly token: string | undefined
  /** `HF_HUB_OFFLINE`. */
  readonly offline: boolean
}

type Variables = Readonly<Record<string, string | undefined>>

/** Reads the environment. `HF_HUB_DISABLE_IMPLICIT_TOKEN` leaves the token out. */
export async function readHubEnvironment(variables: Variables = process.env): Promise<HubEnvironment> {
  const home = folder(variables, variables.HF_HOME) ?? join(cacheHome(variables), 'huggingface')
  const cacheDir =
    folder(variables, variables.HF_HUB_CACHE) ?? folder(variables, variables.HUGGINGFACE_HUB_CACHE) ?? join(home, 'hub')
  const tokenFile = folder(variables, variables.HF_TOKEN_PATH) ?? join(home, 'token')
  const isImplicit = !isTrue(variables.HF_HUB_DISABLE_IMPLICIT_TOKEN)
  return {
    cacheDir,
    endpoint: variables.HF_ENDPOINT?.trim() || undefined,
    token: isImplicit ? await findToken(variables, tokenFile) : undefined,
    offline: isTrue(variables.HF_HUB_OFFLINE) || isTrue(variables.TRANSFORMERS_OFFLINE),
  }
}

async function findToken(variables: Variables, file: string): Promise<string | undefined> {
  const given = variables.HF_TOKEN?.trim() || variables.HUGGING_FACE_HUB_TOKEN?.trim()
  return given || (await readFile(file, 'utf8').catch(() => '')).trim() || undefined
}

/** Where programs keep what they can make again: `XDG_CACHE_HOME`, or `~/.cache`. */
export function cacheHome(variables: Variables = process.env): string {
  return folder(variables, variables.XDG_CACHE_HOME) ?? join(home(), '.cache')
}

/** A user without a home, as in many containers, has a folder for temporary files at least. */
function home(): string {
  try {
    return homedir()
  } catch {
    return join(tmpdir(), 'latentkit-home')
  }
}

/** Python expands `~` and `$NAME` in these, on Windows `%NAME%`, too. */
function folder(variables: Variables, text: string | undefined): string | undefined {
  if (!text) return undefined
  const path = text.replace(/^~(?=$|[\\/])/, home)
  const names = process.platform === 'win32' ? /\$\{\w+\}|\$\w+|%[^%]+%/g : /\$\{\w+\}|\$\w+/g
  return path.replace(names, (whole) => variables[whole.replace(/[${}%]/g, '')] ?? whole)
}

function isTrue(text: string | undefined): boolean {
  return ['1', 'ON', 'YES', 'TRUE'].includes((text ?? '').toUpperCase())
}
