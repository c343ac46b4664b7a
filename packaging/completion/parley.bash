# Completes parley in bash. Load it with: source <(parley completion bash)
_parley() {
  local IFS=$' \t\n' cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
  local command=peer flags= choices=
  COMPREPLY=()
  case ${COMP_WORDS[1]} in
    peer|web|lan|send|tail|peers|tracker|network|identity|doctor|demo|bench|completion|help) command=${COMP_WORDS[1]} ;;
  esac
  case $prev in
    --data) IFS=$'\n' COMPREPLY=($(compgen -d -- "$cur")); compopt -o filenames 2>/dev/null; return ;;
    --network-key|--config|--passphrase-file|--record) IFS=$'\n' COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames 2>/dev/null; return ;;
    -n|--name|--tracker-ip|--tracker-port|-p|--port|--ip|--interface|--peer|--web-port|--web-host|--allow-host|--exec|--timeout|--server-ip|--server-port|--last|--allow-announce|--allow-origin|--seconds|--per-second) return ;;
  esac
  case $command in
    peer) flags='--name --tracker-ip --tracker-port --no-tracker --port --ip --ip-fallback --network-key --interface --no-lan --peer --web-port --web-host --no-web --allow-host --qr --exec --exec-backlog --timeout --verbose --text --quiet --json --no-color --data --no-history --ephemeral --config --help' choices='' ;;
    web) flags='--name --tracker-ip --tracker-port --no-tracker --port --ip --ip-fallback --network-key --interface --no-lan --peer --server-ip --server-port --allow-host --qr --exec --exec-backlog --no-color --data --no-history --ephemeral --config --help' choices='' ;;
    lan) flags='--name --verbose --no-verbose --interface --ip --port --network-key --timeout --data --no-history --ephemeral --config --help' choices='' ;;
    send) flags='--timeout --json --name --tracker-ip --tracker-port --no-tracker --port --ip --ip-fallback --network-key --interface --no-lan --peer --data --no-history --ephemeral --config --help' choices='' ;;
    tail) flags='--last --json --exec --exec-backlog --name --data --network-key --no-color --config --help' choices='' ;;
    peers) flags='--json --plain --name --data --network-key --config --help' choices='' ;;
    tracker) flags='--ip --ip-fallback --port --quiet --allow-announce --allow-host --allow-origin --data --network-key --ephemeral --no-color --config --help' choices='' ;;
    network) flags='--no-color --config --help' choices='new show' ;;
    identity) flags='--name --data --passphrase-file --config --help' choices='show export import undo-move succeed' ;;
    doctor) flags='--name --tracker-ip --tracker-port --no-tracker --port --ip --ip-fallback --network-key --interface --no-lan --peer --data --timeout --json --no-color --config --help' choices='' ;;
    demo) flags='--pause --record --json --no-color --config --help' choices='' ;;
    bench) flags='--seconds --per-second --json --config --help' choices='' ;;
    completion) flags='--help' choices='bash zsh fish' ;;
    help) choices='peer web lan send tail peers tracker network identity doctor demo bench completion' ;;
  esac
  if [[ $cur == -* ]]; then
    if ((COMP_CWORD == 1)); then flags+=' --version'; fi
    COMPREPLY=($(compgen -W "$flags" -- "$cur"))
  elif ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W 'peer web lan send tail peers tracker network identity doctor demo bench completion help' -- "$cur"))
  elif ((COMP_CWORD == 2)); then
    COMPREPLY=($(compgen -W "$choices" -- "$cur"))
  fi
}
complete -F _parley parley
