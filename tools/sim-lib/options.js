// Command line: --name value pairs by a table { name: { fallback, help, many } }; anything else prints the table and ends.
export function readOptions(table, argv, program) {
  const values = Object.fromEntries(Object.entries(table).map(([name, row]) => [name, row.many ? [] : row.fallback]))
  for (let i = 0; i < argv.length; i++) {
    const name = argv[i].replace(/^--/, '').replaceAll('-', '_')
    if (argv[i] === '--help' || !argv[i].startsWith('--') || !(name in table) || i + 1 >= argv.length) {
      usage(table, program, argv[i])
    }
    const value = argv[++i]
    if (table[name].many) values[name].push(value)
    else values[name] = value
  }
  return values
}

function usage(table, program, given) {
  const out = given === '--help' ? console.log : console.error
  if (given !== '--help') out(`${program}: '${given}' is unknown or lacks its value`)
  for (const [name, { fallback, help }] of Object.entries(table)) {
    out(`  --${name.replaceAll('_', '-')} VALUE`.padEnd(28), help, fallback ? `(${fallback})` : '')
  }
  process.exit(given === '--help' ? 0 : 2)
}

export const rewriteRules = texts => texts.map(text => {
  const at = text.indexOf('=')
  if (at < 1) throw new Error(`--rewrite '${text}': it must look like https://crm.example.com=http://127.0.0.1:8090`)
  return { from: text.slice(0, at), to: text.slice(at + 1) }
})
