# bash completion for tend: commands, and the options of each as its own help lists them.
_tend()
{
    local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]}
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W "demo episode eval compare replay diagnose params check
            bench help --help --version" -- "$word")
        return
    fi
    case $word in
    -*)
        local options
        options=$(tend help "$command" 2>/dev/null | grep -o -e '--[a-z][a-z0-9-]*' | sort -u)
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
        ;;
    *) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
    esac
}
complete -o filenames -F _tend tend
