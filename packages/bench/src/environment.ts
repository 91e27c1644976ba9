/** The environment of this process: handed on to the processes of the cases, and where a peer takes the address of its collector from. */
export const environment: NodeJS.ProcessEnv = process.env
