# SPDX-License-Identifier: Apache-2.0
"""The scripts that shells load to complete `releasekit`; each asks the program itself what to offer."""

from __future__ import annotations

from collections.abc import Mapping

_BASH = r"""# Completion of releasekit for bash 4.4 or newer. In ~/.bashrc: eval "$(releasekit completion bash)"
_releasekit() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :files* ]]; then
      compopt -o filenames
      while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "${line#:files}")
      return
    fi
    COMPREPLY+=("$line")
  done < <("${COMP_WORDS[0]}" --complete bash "${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null)
  if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then compopt -o nospace; fi
}
complete -F _releasekit releasekit
"""
_ZSH = r"""#compdef releasekit
# Completion of releasekit for zsh. In ~/.zshrc, after compinit: eval "$(releasekit completion zsh)"
_releasekit() {
  local -a found
  found=("${(@f)$("${words[1]}" --complete zsh -- "${(@)words[1,CURRENT]}" 2>/dev/null)}")
  if [[ $found[1] == :files ]]; then
    _files
  elif [[ -n $found[1] ]]; then
    if [[ ${found[1]%%:*} == *= ]]; then _describe releasekit found -S ''; else _describe releasekit found; fi
  fi
}
if [[ $funcstack[1] == _releasekit ]]; then _releasekit "$@"; else compdef _releasekit releasekit; fi
"""
_FISH = r"""# Completion of releasekit for fish. In ~/.config/fish/config.fish: releasekit completion fish | source
function __releasekit
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    set -l found (command $words[1] --complete fish -- $words "$word" 2>/dev/null)
    if string match -q -- ':files*' $found[1]
        __fish_complete_path $word
    else
        string join -- \n $found
    end
end
complete -c releasekit -f -a '(__releasekit)'
"""
SHELLS: Mapping[str, str] = {'bash': _BASH, 'zsh': _ZSH, 'fish': _FISH}
