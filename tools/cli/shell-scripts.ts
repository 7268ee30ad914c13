/**
 * The completion scripts, by shell. Each passes the line up to the cursor to `__complete` and offers the words that it prints,
 * or files where it prints none.
 */
export const SHELL_SCRIPTS: Readonly<Record<string, string>> = {
  // Bash ends a word at : and =, so the part before the last of them must not be offered again.
  bash: `_license_server() {
  local line="\${COMP_LINE:0:COMP_POINT}"
  local word="\${line##*[[:space:]]}"
  local before="\${word%"\${word##*[:=]}"}"
  local IFS=$'\\n'
  COMPREPLY=($("\${COMP_WORDS[0]}" __complete -- "$line" 2>/dev/null))
  COMPREPLY=("\${COMPREPLY[@]#"$before"}")
}
complete -o default -F _license_server license-server
`,
  zsh: `#compdef license-server
_license_server() {
  local -a found
  found=("\${(@f)$("\${words[1]}" __complete -- "\${(j: :)words[1,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${found[*]}" ]]; then compadd -- "\${found[@]}"; else _files; fi
}
compdef _license_server license-server
`,
  fish: `function __license_server
  set --local found (license-server __complete -- (commandline --cut-at-cursor --current-process | string collect) 2>/dev/null)
  if test (count $found) -gt 0
    printf '%s\\n' $found
  else
    __fish_complete_path (commandline --current-token)
  end
end
complete --command license-server --no-files --arguments '(__license_server)'
`,
};
