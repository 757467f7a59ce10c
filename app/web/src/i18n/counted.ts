/** A number, as it is written, with what is counted: English tells one from several. */
export function counted(count: string, one: string, several = `${one}s`): string {
  return `${count} ${count === '1' ? one : several}`;
}
