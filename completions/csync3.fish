# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_csync3_global_optspecs
    string join \n h/help V/version
end

function __fish_csync3_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_csync3_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_csync3_using_subcommand
    set -l cmd (__fish_csync3_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c csync3 -n "__fish_csync3_needs_command" -s h -l help -d 'Print help'
complete -c csync3 -n "__fish_csync3_needs_command" -s V -l version -d 'Print version'
complete -c csync3 -n "__fish_csync3_needs_command" -f -a "check" -d 'Mark what changed as dirty'
complete -c csync3 -n "__fish_csync3_needs_command" -f -a "push" -d 'Push what is dirty to the peers'
complete -c csync3 -n "__fish_csync3_needs_command" -f -a "sync" -d 'Check and push in one go'
complete -c csync3 -n "__fish_csync3_needs_command" -f -a "status" -d 'Say what is recorded and what each peer is owed'
complete -c csync3 -n "__fish_csync3_needs_command" -f -a "wait" -d 'Wait until the peers are owed nothing'
complete -c csync3 -n "__fish_csync3_needs_command" -f -a "list" -d 'List what this host remembers'
complete -c csync3 -n "__fish_csync3_needs_command" -f -a "compare" -d 'Name every file that the configuration covers'
complete -c csync3 -n "__fish_csync3_needs_command" -f -a "diff" -d 'Test whether a peer has the same files'
complete -c csync3 -n "__fish_csync3_needs_command" -f -a "doctor" -d 'Find out what is wrong with this host and its peers'
complete -c csync3 -n "__fish_csync3_needs_command" -f -a "resolve" -d 'Show conflicts and settle them'
complete -c csync3 -n "__fish_csync3_needs_command" -f -a "force" -d 'Let dirty files win the next conflict'
complete -c csync3 -n "__fish_csync3_needs_command" -f -a "mark" -d 'Mark files as dirty, changed or not'
complete -c csync3 -n "__fish_csync3_needs_command" -f -a "hint" -d 'Remember files for the next check'
complete -c csync3 -n "__fish_csync3_needs_command" -f -a "clean" -d 'Forget what the configuration no longer covers'
complete -c csync3 -n "__fish_csync3_needs_command" -f -a "serve" -d 'Serve peers'
complete -c csync3 -n "__fish_csync3_needs_command" -f -a "key" -d 'Write a new group key'
complete -c csync3 -n "__fish_csync3_needs_command" -f -a "cert" -d 'Make, show and accept certificates for TLS'
complete -c csync3 -n "__fish_csync3_needs_command" -f -a "db" -d 'Copy, check and repair databases'
complete -c csync3 -n "__fish_csync3_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c csync3 -n "__fish_csync3_using_subcommand check" -s W -l dump-dirs -d 'Write the directories that a recursive check visits for a match to this file descriptor' -r
complete -c csync3 -n "__fish_csync3_using_subcommand check" -s P -l peers -d 'Push to these peers only' -r
complete -c csync3 -n "__fish_csync3_using_subcommand check" -l jobs -d 'Push to at most so many peers at once' -r
complete -c csync3 -n "__fish_csync3_using_subcommand check" -l dialect -d 'Speak csync2\'s dialect (classic), csync3\'s (native), or whichever the peer knows (auto)' -r
complete -c csync3 -n "__fish_csync3_using_subcommand check" -l connect-timeout -d 'Give up on a connection after so many seconds' -r
complete -c csync3 -n "__fish_csync3_using_subcommand check" -l handshake-timeout -d 'Give up on a greeting after so many seconds' -r
complete -c csync3 -n "__fish_csync3_using_subcommand check" -l idle-timeout -d 'Give up on a silent peer after so many seconds' -r
complete -c csync3 -n "__fish_csync3_using_subcommand check" -s N -l host -d 'Name of this host as in the configuration; also the address to listen on and to connect from' -r
complete -c csync3 -n "__fish_csync3_using_subcommand check" -s p -l port -d 'Port number or service name, 30865 if not given' -r
complete -c csync3 -n "__fish_csync3_using_subcommand check" -s C -l config -d 'Use csync2_NAME.cfg and a database of its own' -r
complete -c csync3 -n "__fish_csync3_using_subcommand check" -s D -l database -d 'Database: directory, file or URL' -r
complete -c csync3 -n "__fish_csync3_using_subcommand check" -s G -l groups -d 'Use these groups only' -r
complete -c csync3 -n "__fish_csync3_using_subcommand check" -s s -l stamp-file -d 'Add the dates of the run to this file' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand check" -s O -l full-log -d 'Write the messages of all levels to this file, too' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand check" -s r -l recursive -d 'Include what is below the files'
complete -c csync3 -n "__fish_csync3_using_subcommand check" -s u -l push -d 'Push the same files afterwards'
complete -c csync3 -n "__fish_csync3_using_subcommand check" -s d -l dry-run -d 'With --push: say what the push would do, and send nothing'
complete -c csync3 -n "__fish_csync3_using_subcommand check" -s F -l force -d 'Force what is marked: the next push overrules the peers'
complete -c csync3 -n "__fish_csync3_using_subcommand check" -s I -l init -d 'Record files, but mark nothing as dirty'
complete -c csync3 -n "__fish_csync3_using_subcommand check" -l json -d 'Print one JSON object per line, as docs/json.md describes'
complete -c csync3 -n "__fish_csync3_using_subcommand check" -s 0 -l null -d 'End each row by NUL instead of a line feed'
complete -c csync3 -n "__fish_csync3_using_subcommand check" -s v -l verbose -d 'Say more; up to four times'
complete -c csync3 -n "__fish_csync3_using_subcommand check" -s l -l syslog -d 'Send messages to syslog'
complete -c csync3 -n "__fish_csync3_using_subcommand check" -s t -l time-stamps -d 'Begin each message with the time'
complete -c csync3 -n "__fish_csync3_using_subcommand check" -s A -l no-sync
complete -c csync3 -n "__fish_csync3_using_subcommand check" -s B -l single-statements
complete -c csync3 -n "__fish_csync3_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c csync3 -n "__fish_csync3_using_subcommand push" -s P -l peers -d 'Push to these peers only' -r
complete -c csync3 -n "__fish_csync3_using_subcommand push" -l jobs -d 'Push to at most so many peers at once' -r
complete -c csync3 -n "__fish_csync3_using_subcommand push" -l dialect -d 'Speak csync2\'s dialect (classic), csync3\'s (native), or whichever the peer knows (auto)' -r
complete -c csync3 -n "__fish_csync3_using_subcommand push" -l connect-timeout -d 'Give up on a connection after so many seconds' -r
complete -c csync3 -n "__fish_csync3_using_subcommand push" -l handshake-timeout -d 'Give up on a greeting after so many seconds' -r
complete -c csync3 -n "__fish_csync3_using_subcommand push" -l idle-timeout -d 'Give up on a silent peer after so many seconds' -r
complete -c csync3 -n "__fish_csync3_using_subcommand push" -s N -l host -d 'Name of this host as in the configuration; also the address to listen on and to connect from' -r
complete -c csync3 -n "__fish_csync3_using_subcommand push" -s p -l port -d 'Port number or service name, 30865 if not given' -r
complete -c csync3 -n "__fish_csync3_using_subcommand push" -s C -l config -d 'Use csync2_NAME.cfg and a database of its own' -r
complete -c csync3 -n "__fish_csync3_using_subcommand push" -s D -l database -d 'Database: directory, file or URL' -r
complete -c csync3 -n "__fish_csync3_using_subcommand push" -s G -l groups -d 'Use these groups only' -r
complete -c csync3 -n "__fish_csync3_using_subcommand push" -s s -l stamp-file -d 'Add the dates of the run to this file' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand push" -s O -l full-log -d 'Write the messages of all levels to this file, too' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand push" -s r -l recursive -d 'Include what is below the files'
complete -c csync3 -n "__fish_csync3_using_subcommand push" -s d -l dry-run -d 'Say what would be done, and change nothing'
complete -c csync3 -n "__fish_csync3_using_subcommand push" -l json -d 'Print one JSON object per line, as docs/json.md describes'
complete -c csync3 -n "__fish_csync3_using_subcommand push" -s 0 -l null -d 'End each row by NUL instead of a line feed'
complete -c csync3 -n "__fish_csync3_using_subcommand push" -s v -l verbose -d 'Say more; up to four times'
complete -c csync3 -n "__fish_csync3_using_subcommand push" -s l -l syslog -d 'Send messages to syslog'
complete -c csync3 -n "__fish_csync3_using_subcommand push" -s t -l time-stamps -d 'Begin each message with the time'
complete -c csync3 -n "__fish_csync3_using_subcommand push" -s A -l no-sync
complete -c csync3 -n "__fish_csync3_using_subcommand push" -s B -l single-statements
complete -c csync3 -n "__fish_csync3_using_subcommand push" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c csync3 -n "__fish_csync3_using_subcommand sync" -s W -l dump-dirs -d 'Write the directories that a recursive check visits for a match to this file descriptor' -r
complete -c csync3 -n "__fish_csync3_using_subcommand sync" -s P -l peers -d 'Push to these peers only' -r
complete -c csync3 -n "__fish_csync3_using_subcommand sync" -l jobs -d 'Push to at most so many peers at once' -r
complete -c csync3 -n "__fish_csync3_using_subcommand sync" -l dialect -d 'Speak csync2\'s dialect (classic), csync3\'s (native), or whichever the peer knows (auto)' -r
complete -c csync3 -n "__fish_csync3_using_subcommand sync" -l connect-timeout -d 'Give up on a connection after so many seconds' -r
complete -c csync3 -n "__fish_csync3_using_subcommand sync" -l handshake-timeout -d 'Give up on a greeting after so many seconds' -r
complete -c csync3 -n "__fish_csync3_using_subcommand sync" -l idle-timeout -d 'Give up on a silent peer after so many seconds' -r
complete -c csync3 -n "__fish_csync3_using_subcommand sync" -s N -l host -d 'Name of this host as in the configuration; also the address to listen on and to connect from' -r
complete -c csync3 -n "__fish_csync3_using_subcommand sync" -s p -l port -d 'Port number or service name, 30865 if not given' -r
complete -c csync3 -n "__fish_csync3_using_subcommand sync" -s C -l config -d 'Use csync2_NAME.cfg and a database of its own' -r
complete -c csync3 -n "__fish_csync3_using_subcommand sync" -s D -l database -d 'Database: directory, file or URL' -r
complete -c csync3 -n "__fish_csync3_using_subcommand sync" -s G -l groups -d 'Use these groups only' -r
complete -c csync3 -n "__fish_csync3_using_subcommand sync" -s s -l stamp-file -d 'Add the dates of the run to this file' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand sync" -s O -l full-log -d 'Write the messages of all levels to this file, too' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand sync" -s r -l recursive -d 'Include what is below the files'
complete -c csync3 -n "__fish_csync3_using_subcommand sync" -s d -l dry-run -d 'Say what the push would do, and send nothing; the check marks what changed'
complete -c csync3 -n "__fish_csync3_using_subcommand sync" -s F -l force -d 'Force what is marked: the next push overrules the peers'
complete -c csync3 -n "__fish_csync3_using_subcommand sync" -s I -l init -d 'Record files, but mark nothing as dirty'
complete -c csync3 -n "__fish_csync3_using_subcommand sync" -l json -d 'Print one JSON object per line, as docs/json.md describes'
complete -c csync3 -n "__fish_csync3_using_subcommand sync" -s 0 -l null -d 'End each row by NUL instead of a line feed'
complete -c csync3 -n "__fish_csync3_using_subcommand sync" -s v -l verbose -d 'Say more; up to four times'
complete -c csync3 -n "__fish_csync3_using_subcommand sync" -s l -l syslog -d 'Send messages to syslog'
complete -c csync3 -n "__fish_csync3_using_subcommand sync" -s t -l time-stamps -d 'Begin each message with the time'
complete -c csync3 -n "__fish_csync3_using_subcommand sync" -s A -l no-sync
complete -c csync3 -n "__fish_csync3_using_subcommand sync" -s B -l single-statements
complete -c csync3 -n "__fish_csync3_using_subcommand sync" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c csync3 -n "__fish_csync3_using_subcommand status" -s N -l host -d 'Name of this host as in the configuration; also the address to listen on and to connect from' -r
complete -c csync3 -n "__fish_csync3_using_subcommand status" -s p -l port -d 'Port number or service name, 30865 if not given' -r
complete -c csync3 -n "__fish_csync3_using_subcommand status" -s C -l config -d 'Use csync2_NAME.cfg and a database of its own' -r
complete -c csync3 -n "__fish_csync3_using_subcommand status" -s D -l database -d 'Database: directory, file or URL' -r
complete -c csync3 -n "__fish_csync3_using_subcommand status" -s G -l groups -d 'Use these groups only' -r
complete -c csync3 -n "__fish_csync3_using_subcommand status" -s s -l stamp-file -d 'Add the dates of the run to this file' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand status" -s O -l full-log -d 'Write the messages of all levels to this file, too' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand status" -l json -d 'Print one JSON object per line, as docs/json.md describes'
complete -c csync3 -n "__fish_csync3_using_subcommand status" -s 0 -l null -d 'End each row by NUL instead of a line feed'
complete -c csync3 -n "__fish_csync3_using_subcommand status" -s v -l verbose -d 'Say more; up to four times'
complete -c csync3 -n "__fish_csync3_using_subcommand status" -s l -l syslog -d 'Send messages to syslog'
complete -c csync3 -n "__fish_csync3_using_subcommand status" -s t -l time-stamps -d 'Begin each message with the time'
complete -c csync3 -n "__fish_csync3_using_subcommand status" -s A -l no-sync
complete -c csync3 -n "__fish_csync3_using_subcommand status" -s B -l single-statements
complete -c csync3 -n "__fish_csync3_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c csync3 -n "__fish_csync3_using_subcommand wait" -l timeout -d 'Give up after so many seconds' -r
complete -c csync3 -n "__fish_csync3_using_subcommand wait" -s N -l host -d 'Name of this host as in the configuration; also the address to listen on and to connect from' -r
complete -c csync3 -n "__fish_csync3_using_subcommand wait" -s p -l port -d 'Port number or service name, 30865 if not given' -r
complete -c csync3 -n "__fish_csync3_using_subcommand wait" -s C -l config -d 'Use csync2_NAME.cfg and a database of its own' -r
complete -c csync3 -n "__fish_csync3_using_subcommand wait" -s D -l database -d 'Database: directory, file or URL' -r
complete -c csync3 -n "__fish_csync3_using_subcommand wait" -s G -l groups -d 'Use these groups only' -r
complete -c csync3 -n "__fish_csync3_using_subcommand wait" -s s -l stamp-file -d 'Add the dates of the run to this file' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand wait" -s O -l full-log -d 'Write the messages of all levels to this file, too' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand wait" -l synced -d 'Wait until nothing is dirty; this is the default'
complete -c csync3 -n "__fish_csync3_using_subcommand wait" -l json -d 'Print one JSON object per line, as docs/json.md describes'
complete -c csync3 -n "__fish_csync3_using_subcommand wait" -s 0 -l null -d 'End each row by NUL instead of a line feed'
complete -c csync3 -n "__fish_csync3_using_subcommand wait" -s v -l verbose -d 'Say more; up to four times'
complete -c csync3 -n "__fish_csync3_using_subcommand wait" -s l -l syslog -d 'Send messages to syslog'
complete -c csync3 -n "__fish_csync3_using_subcommand wait" -s t -l time-stamps -d 'Begin each message with the time'
complete -c csync3 -n "__fish_csync3_using_subcommand wait" -s A -l no-sync
complete -c csync3 -n "__fish_csync3_using_subcommand wait" -s B -l single-statements
complete -c csync3 -n "__fish_csync3_using_subcommand wait" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c csync3 -n "__fish_csync3_using_subcommand list; and not __fish_seen_subcommand_from hints files dirty pair help" -s h -l help -d 'Print help'
complete -c csync3 -n "__fish_csync3_using_subcommand list; and not __fish_seen_subcommand_from hints files dirty pair help" -f -a "hints" -d 'Paths to be looked at by the next check'
complete -c csync3 -n "__fish_csync3_using_subcommand list; and not __fish_seen_subcommand_from hints files dirty pair help" -f -a "files" -d 'Recorded files and their state'
complete -c csync3 -n "__fish_csync3_using_subcommand list; and not __fish_seen_subcommand_from hints files dirty pair help" -f -a "dirty" -d 'Files that a peer is owed'
complete -c csync3 -n "__fish_csync3_using_subcommand list; and not __fish_seen_subcommand_from hints files dirty pair help" -f -a "pair" -d 'Recorded files that a pair of hosts shares'
complete -c csync3 -n "__fish_csync3_using_subcommand list; and not __fish_seen_subcommand_from hints files dirty pair help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from hints" -s N -l host -d 'Name of this host as in the configuration; also the address to listen on and to connect from' -r
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from hints" -s p -l port -d 'Port number or service name, 30865 if not given' -r
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from hints" -s C -l config -d 'Use csync2_NAME.cfg and a database of its own' -r
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from hints" -s D -l database -d 'Database: directory, file or URL' -r
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from hints" -s G -l groups -d 'Use these groups only' -r
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from hints" -s s -l stamp-file -d 'Add the dates of the run to this file' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from hints" -s O -l full-log -d 'Write the messages of all levels to this file, too' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from hints" -l json -d 'Print one JSON object per line, as docs/json.md describes'
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from hints" -s 0 -l null -d 'End each row by NUL instead of a line feed'
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from hints" -s v -l verbose -d 'Say more; up to four times'
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from hints" -s l -l syslog -d 'Send messages to syslog'
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from hints" -s t -l time-stamps -d 'Begin each message with the time'
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from hints" -s A -l no-sync
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from hints" -s B -l single-statements
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from hints" -s h -l help -d 'Print help'
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from files" -s N -l host -d 'Name of this host as in the configuration; also the address to listen on and to connect from' -r
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from files" -s p -l port -d 'Port number or service name, 30865 if not given' -r
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from files" -s C -l config -d 'Use csync2_NAME.cfg and a database of its own' -r
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from files" -s D -l database -d 'Database: directory, file or URL' -r
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from files" -s G -l groups -d 'Use these groups only' -r
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from files" -s s -l stamp-file -d 'Add the dates of the run to this file' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from files" -s O -l full-log -d 'Write the messages of all levels to this file, too' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from files" -l json -d 'Print one JSON object per line, as docs/json.md describes'
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from files" -s 0 -l null -d 'End each row by NUL instead of a line feed'
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from files" -s v -l verbose -d 'Say more; up to four times'
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from files" -s l -l syslog -d 'Send messages to syslog'
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from files" -s t -l time-stamps -d 'Begin each message with the time'
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from files" -s A -l no-sync
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from files" -s B -l single-statements
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from files" -s h -l help -d 'Print help'
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from dirty" -s N -l host -d 'Name of this host as in the configuration; also the address to listen on and to connect from' -r
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from dirty" -s p -l port -d 'Port number or service name, 30865 if not given' -r
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from dirty" -s C -l config -d 'Use csync2_NAME.cfg and a database of its own' -r
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from dirty" -s D -l database -d 'Database: directory, file or URL' -r
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from dirty" -s G -l groups -d 'Use these groups only' -r
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from dirty" -s s -l stamp-file -d 'Add the dates of the run to this file' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from dirty" -s O -l full-log -d 'Write the messages of all levels to this file, too' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from dirty" -l json -d 'Print one JSON object per line, as docs/json.md describes'
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from dirty" -s 0 -l null -d 'End each row by NUL instead of a line feed'
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from dirty" -s v -l verbose -d 'Say more; up to four times'
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from dirty" -s l -l syslog -d 'Send messages to syslog'
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from dirty" -s t -l time-stamps -d 'Begin each message with the time'
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from dirty" -s A -l no-sync
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from dirty" -s B -l single-statements
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from dirty" -s h -l help -d 'Print help'
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from pair" -s N -l host -d 'Name of this host as in the configuration; also the address to listen on and to connect from' -r
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from pair" -s p -l port -d 'Port number or service name, 30865 if not given' -r
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from pair" -s C -l config -d 'Use csync2_NAME.cfg and a database of its own' -r
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from pair" -s D -l database -d 'Database: directory, file or URL' -r
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from pair" -s G -l groups -d 'Use these groups only' -r
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from pair" -s s -l stamp-file -d 'Add the dates of the run to this file' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from pair" -s O -l full-log -d 'Write the messages of all levels to this file, too' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from pair" -l json -d 'Print one JSON object per line, as docs/json.md describes'
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from pair" -s 0 -l null -d 'End each row by NUL instead of a line feed'
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from pair" -s v -l verbose -d 'Say more; up to four times'
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from pair" -s l -l syslog -d 'Send messages to syslog'
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from pair" -s t -l time-stamps -d 'Begin each message with the time'
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from pair" -s A -l no-sync
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from pair" -s B -l single-statements
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from pair" -s h -l help -d 'Print help'
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from help" -f -a "hints" -d 'Paths to be looked at by the next check'
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from help" -f -a "files" -d 'Recorded files and their state'
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from help" -f -a "dirty" -d 'Files that a peer is owed'
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from help" -f -a "pair" -d 'Recorded files that a pair of hosts shares'
complete -c csync3 -n "__fish_csync3_using_subcommand list; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c csync3 -n "__fish_csync3_using_subcommand compare" -s P -l peers -d 'Only files of groups with one of these peers' -r
complete -c csync3 -n "__fish_csync3_using_subcommand compare" -s N -l host -d 'Name of this host as in the configuration; also the address to listen on and to connect from' -r
complete -c csync3 -n "__fish_csync3_using_subcommand compare" -s p -l port -d 'Port number or service name, 30865 if not given' -r
complete -c csync3 -n "__fish_csync3_using_subcommand compare" -s C -l config -d 'Use csync2_NAME.cfg and a database of its own' -r
complete -c csync3 -n "__fish_csync3_using_subcommand compare" -s D -l database -d 'Database: directory, file or URL' -r
complete -c csync3 -n "__fish_csync3_using_subcommand compare" -s G -l groups -d 'Use these groups only' -r
complete -c csync3 -n "__fish_csync3_using_subcommand compare" -s s -l stamp-file -d 'Add the dates of the run to this file' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand compare" -s O -l full-log -d 'Write the messages of all levels to this file, too' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand compare" -s r -l recursive -d 'Include what is below the files'
complete -c csync3 -n "__fish_csync3_using_subcommand compare" -l json -d 'Print one JSON object per line, as docs/json.md describes'
complete -c csync3 -n "__fish_csync3_using_subcommand compare" -s 0 -l null -d 'End each row by NUL instead of a line feed'
complete -c csync3 -n "__fish_csync3_using_subcommand compare" -s v -l verbose -d 'Say more; up to four times'
complete -c csync3 -n "__fish_csync3_using_subcommand compare" -s l -l syslog -d 'Send messages to syslog'
complete -c csync3 -n "__fish_csync3_using_subcommand compare" -s t -l time-stamps -d 'Begin each message with the time'
complete -c csync3 -n "__fish_csync3_using_subcommand compare" -s A -l no-sync
complete -c csync3 -n "__fish_csync3_using_subcommand compare" -s B -l single-statements
complete -c csync3 -n "__fish_csync3_using_subcommand compare" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c csync3 -n "__fish_csync3_using_subcommand diff" -l color -d 'Color differences: auto, always or never' -r
complete -c csync3 -n "__fish_csync3_using_subcommand diff" -l jobs -d 'Ask at most so many peers at once' -r
complete -c csync3 -n "__fish_csync3_using_subcommand diff" -l connect-timeout -d 'Give up on a connection after so many seconds' -r
complete -c csync3 -n "__fish_csync3_using_subcommand diff" -l handshake-timeout -d 'Give up on a greeting after so many seconds' -r
complete -c csync3 -n "__fish_csync3_using_subcommand diff" -l idle-timeout -d 'Give up on a silent peer after so many seconds' -r
complete -c csync3 -n "__fish_csync3_using_subcommand diff" -s N -l host -d 'Name of this host as in the configuration; also the address to listen on and to connect from' -r
complete -c csync3 -n "__fish_csync3_using_subcommand diff" -s p -l port -d 'Port number or service name, 30865 if not given' -r
complete -c csync3 -n "__fish_csync3_using_subcommand diff" -s C -l config -d 'Use csync2_NAME.cfg and a database of its own' -r
complete -c csync3 -n "__fish_csync3_using_subcommand diff" -s D -l database -d 'Database: directory, file or URL' -r
complete -c csync3 -n "__fish_csync3_using_subcommand diff" -s G -l groups -d 'Use these groups only' -r
complete -c csync3 -n "__fish_csync3_using_subcommand diff" -s s -l stamp-file -d 'Add the dates of the run to this file' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand diff" -s O -l full-log -d 'Write the messages of all levels to this file, too' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand diff" -s u -l unified -d 'Show the differences of text files in unified form'
complete -c csync3 -n "__fish_csync3_using_subcommand diff" -s I -l init -d 'Mark what differs as dirty'
complete -c csync3 -n "__fish_csync3_using_subcommand diff" -s X -l only-there -d 'With --init, mark also what only the peer has: the next push removes it there'
complete -c csync3 -n "__fish_csync3_using_subcommand diff" -s U -l only-this-peer -d 'With --init, mark for the tested peer only'
complete -c csync3 -n "__fish_csync3_using_subcommand diff" -s F -l force -d 'With --init, force what is marked: the next push overrules the peers'
complete -c csync3 -n "__fish_csync3_using_subcommand diff" -l json -d 'Print one JSON object per line, as docs/json.md describes'
complete -c csync3 -n "__fish_csync3_using_subcommand diff" -s 0 -l null -d 'End each row by NUL instead of a line feed'
complete -c csync3 -n "__fish_csync3_using_subcommand diff" -s v -l verbose -d 'Say more; up to four times'
complete -c csync3 -n "__fish_csync3_using_subcommand diff" -s l -l syslog -d 'Send messages to syslog'
complete -c csync3 -n "__fish_csync3_using_subcommand diff" -s t -l time-stamps -d 'Begin each message with the time'
complete -c csync3 -n "__fish_csync3_using_subcommand diff" -s A -l no-sync
complete -c csync3 -n "__fish_csync3_using_subcommand diff" -s B -l single-statements
complete -c csync3 -n "__fish_csync3_using_subcommand diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c csync3 -n "__fish_csync3_using_subcommand doctor" -s P -l peers -d 'Ask the peers, too: all, or only these' -r
complete -c csync3 -n "__fish_csync3_using_subcommand doctor" -l jobs -d 'Ask at most so many peers at once' -r
complete -c csync3 -n "__fish_csync3_using_subcommand doctor" -l connect-timeout -d 'Give up on a connection after so many seconds' -r
complete -c csync3 -n "__fish_csync3_using_subcommand doctor" -l handshake-timeout -d 'Give up on a greeting after so many seconds' -r
complete -c csync3 -n "__fish_csync3_using_subcommand doctor" -l idle-timeout -d 'Give up on a silent peer after so many seconds' -r
complete -c csync3 -n "__fish_csync3_using_subcommand doctor" -s N -l host -d 'Name of this host as in the configuration; also the address to listen on and to connect from' -r
complete -c csync3 -n "__fish_csync3_using_subcommand doctor" -s p -l port -d 'Port number or service name, 30865 if not given' -r
complete -c csync3 -n "__fish_csync3_using_subcommand doctor" -s C -l config -d 'Use csync2_NAME.cfg and a database of its own' -r
complete -c csync3 -n "__fish_csync3_using_subcommand doctor" -s D -l database -d 'Database: directory, file or URL' -r
complete -c csync3 -n "__fish_csync3_using_subcommand doctor" -s G -l groups -d 'Use these groups only' -r
complete -c csync3 -n "__fish_csync3_using_subcommand doctor" -s s -l stamp-file -d 'Add the dates of the run to this file' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand doctor" -s O -l full-log -d 'Write the messages of all levels to this file, too' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand doctor" -l json -d 'Print one JSON object per line, as docs/json.md describes'
complete -c csync3 -n "__fish_csync3_using_subcommand doctor" -s 0 -l null -d 'End each row by NUL instead of a line feed'
complete -c csync3 -n "__fish_csync3_using_subcommand doctor" -s v -l verbose -d 'Say more; up to four times'
complete -c csync3 -n "__fish_csync3_using_subcommand doctor" -s l -l syslog -d 'Send messages to syslog'
complete -c csync3 -n "__fish_csync3_using_subcommand doctor" -s t -l time-stamps -d 'Begin each message with the time'
complete -c csync3 -n "__fish_csync3_using_subcommand doctor" -s A -l no-sync
complete -c csync3 -n "__fish_csync3_using_subcommand doctor" -s B -l single-statements
complete -c csync3 -n "__fish_csync3_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c csync3 -n "__fish_csync3_using_subcommand resolve" -s P -l peers -d 'Push to these peers only' -r
complete -c csync3 -n "__fish_csync3_using_subcommand resolve" -l jobs -d 'Push to at most so many peers at once' -r
complete -c csync3 -n "__fish_csync3_using_subcommand resolve" -l dialect -d 'Speak csync2\'s dialect (classic), csync3\'s (native), or whichever the peer knows (auto)' -r
complete -c csync3 -n "__fish_csync3_using_subcommand resolve" -l connect-timeout -d 'Give up on a connection after so many seconds' -r
complete -c csync3 -n "__fish_csync3_using_subcommand resolve" -l handshake-timeout -d 'Give up on a greeting after so many seconds' -r
complete -c csync3 -n "__fish_csync3_using_subcommand resolve" -l idle-timeout -d 'Give up on a silent peer after so many seconds' -r
complete -c csync3 -n "__fish_csync3_using_subcommand resolve" -s N -l host -d 'Name of this host as in the configuration; also the address to listen on and to connect from' -r
complete -c csync3 -n "__fish_csync3_using_subcommand resolve" -s p -l port -d 'Port number or service name, 30865 if not given' -r
complete -c csync3 -n "__fish_csync3_using_subcommand resolve" -s C -l config -d 'Use csync2_NAME.cfg and a database of its own' -r
complete -c csync3 -n "__fish_csync3_using_subcommand resolve" -s D -l database -d 'Database: directory, file or URL' -r
complete -c csync3 -n "__fish_csync3_using_subcommand resolve" -s G -l groups -d 'Use these groups only' -r
complete -c csync3 -n "__fish_csync3_using_subcommand resolve" -s s -l stamp-file -d 'Add the dates of the run to this file' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand resolve" -s O -l full-log -d 'Write the messages of all levels to this file, too' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand resolve" -l mine -d 'This host is right: force the file and push it'
complete -c csync3 -n "__fish_csync3_using_subcommand resolve" -l theirs -d 'The peer is right: take its version, and drop this host\'s mark'
complete -c csync3 -n "__fish_csync3_using_subcommand resolve" -s r -l recursive -d 'Include what is below the files'
complete -c csync3 -n "__fish_csync3_using_subcommand resolve" -l json -d 'Print one JSON object per line, as docs/json.md describes'
complete -c csync3 -n "__fish_csync3_using_subcommand resolve" -s 0 -l null -d 'End each row by NUL instead of a line feed'
complete -c csync3 -n "__fish_csync3_using_subcommand resolve" -s v -l verbose -d 'Say more; up to four times'
complete -c csync3 -n "__fish_csync3_using_subcommand resolve" -s l -l syslog -d 'Send messages to syslog'
complete -c csync3 -n "__fish_csync3_using_subcommand resolve" -s t -l time-stamps -d 'Begin each message with the time'
complete -c csync3 -n "__fish_csync3_using_subcommand resolve" -s A -l no-sync
complete -c csync3 -n "__fish_csync3_using_subcommand resolve" -s B -l single-statements
complete -c csync3 -n "__fish_csync3_using_subcommand resolve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c csync3 -n "__fish_csync3_using_subcommand force" -s N -l host -d 'Name of this host as in the configuration; also the address to listen on and to connect from' -r
complete -c csync3 -n "__fish_csync3_using_subcommand force" -s p -l port -d 'Port number or service name, 30865 if not given' -r
complete -c csync3 -n "__fish_csync3_using_subcommand force" -s C -l config -d 'Use csync2_NAME.cfg and a database of its own' -r
complete -c csync3 -n "__fish_csync3_using_subcommand force" -s D -l database -d 'Database: directory, file or URL' -r
complete -c csync3 -n "__fish_csync3_using_subcommand force" -s G -l groups -d 'Use these groups only' -r
complete -c csync3 -n "__fish_csync3_using_subcommand force" -s s -l stamp-file -d 'Add the dates of the run to this file' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand force" -s O -l full-log -d 'Write the messages of all levels to this file, too' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand force" -s r -l recursive -d 'Include what is below the files; `/` is everything that is dirty'
complete -c csync3 -n "__fish_csync3_using_subcommand force" -l json -d 'Print one JSON object per line, as docs/json.md describes'
complete -c csync3 -n "__fish_csync3_using_subcommand force" -s 0 -l null -d 'End each row by NUL instead of a line feed'
complete -c csync3 -n "__fish_csync3_using_subcommand force" -s v -l verbose -d 'Say more; up to four times'
complete -c csync3 -n "__fish_csync3_using_subcommand force" -s l -l syslog -d 'Send messages to syslog'
complete -c csync3 -n "__fish_csync3_using_subcommand force" -s t -l time-stamps -d 'Begin each message with the time'
complete -c csync3 -n "__fish_csync3_using_subcommand force" -s A -l no-sync
complete -c csync3 -n "__fish_csync3_using_subcommand force" -s B -l single-statements
complete -c csync3 -n "__fish_csync3_using_subcommand force" -s h -l help -d 'Print help'
complete -c csync3 -n "__fish_csync3_using_subcommand mark" -s N -l host -d 'Name of this host as in the configuration; also the address to listen on and to connect from' -r
complete -c csync3 -n "__fish_csync3_using_subcommand mark" -s p -l port -d 'Port number or service name, 30865 if not given' -r
complete -c csync3 -n "__fish_csync3_using_subcommand mark" -s C -l config -d 'Use csync2_NAME.cfg and a database of its own' -r
complete -c csync3 -n "__fish_csync3_using_subcommand mark" -s D -l database -d 'Database: directory, file or URL' -r
complete -c csync3 -n "__fish_csync3_using_subcommand mark" -s G -l groups -d 'Use these groups only' -r
complete -c csync3 -n "__fish_csync3_using_subcommand mark" -s s -l stamp-file -d 'Add the dates of the run to this file' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand mark" -s O -l full-log -d 'Write the messages of all levels to this file, too' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand mark" -s r -l recursive -d 'Include what the database knows below the files'
complete -c csync3 -n "__fish_csync3_using_subcommand mark" -s F -l force -d 'Force them: the next push overrules the peers'
complete -c csync3 -n "__fish_csync3_using_subcommand mark" -l json -d 'Print one JSON object per line, as docs/json.md describes'
complete -c csync3 -n "__fish_csync3_using_subcommand mark" -s 0 -l null -d 'End each row by NUL instead of a line feed'
complete -c csync3 -n "__fish_csync3_using_subcommand mark" -s v -l verbose -d 'Say more; up to four times'
complete -c csync3 -n "__fish_csync3_using_subcommand mark" -s l -l syslog -d 'Send messages to syslog'
complete -c csync3 -n "__fish_csync3_using_subcommand mark" -s t -l time-stamps -d 'Begin each message with the time'
complete -c csync3 -n "__fish_csync3_using_subcommand mark" -s A -l no-sync
complete -c csync3 -n "__fish_csync3_using_subcommand mark" -s B -l single-statements
complete -c csync3 -n "__fish_csync3_using_subcommand mark" -s h -l help -d 'Print help'
complete -c csync3 -n "__fish_csync3_using_subcommand hint" -s N -l host -d 'Name of this host as in the configuration; also the address to listen on and to connect from' -r
complete -c csync3 -n "__fish_csync3_using_subcommand hint" -s p -l port -d 'Port number or service name, 30865 if not given' -r
complete -c csync3 -n "__fish_csync3_using_subcommand hint" -s C -l config -d 'Use csync2_NAME.cfg and a database of its own' -r
complete -c csync3 -n "__fish_csync3_using_subcommand hint" -s D -l database -d 'Database: directory, file or URL' -r
complete -c csync3 -n "__fish_csync3_using_subcommand hint" -s G -l groups -d 'Use these groups only' -r
complete -c csync3 -n "__fish_csync3_using_subcommand hint" -s s -l stamp-file -d 'Add the dates of the run to this file' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand hint" -s O -l full-log -d 'Write the messages of all levels to this file, too' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand hint" -s r -l recursive -d 'Include what is below the files'
complete -c csync3 -n "__fish_csync3_using_subcommand hint" -l json -d 'Print one JSON object per line, as docs/json.md describes'
complete -c csync3 -n "__fish_csync3_using_subcommand hint" -s 0 -l null -d 'End each row by NUL instead of a line feed'
complete -c csync3 -n "__fish_csync3_using_subcommand hint" -s v -l verbose -d 'Say more; up to four times'
complete -c csync3 -n "__fish_csync3_using_subcommand hint" -s l -l syslog -d 'Send messages to syslog'
complete -c csync3 -n "__fish_csync3_using_subcommand hint" -s t -l time-stamps -d 'Begin each message with the time'
complete -c csync3 -n "__fish_csync3_using_subcommand hint" -s A -l no-sync
complete -c csync3 -n "__fish_csync3_using_subcommand hint" -s B -l single-statements
complete -c csync3 -n "__fish_csync3_using_subcommand hint" -s h -l help -d 'Print help'
complete -c csync3 -n "__fish_csync3_using_subcommand clean" -s N -l host -d 'Name of this host as in the configuration; also the address to listen on and to connect from' -r
complete -c csync3 -n "__fish_csync3_using_subcommand clean" -s p -l port -d 'Port number or service name, 30865 if not given' -r
complete -c csync3 -n "__fish_csync3_using_subcommand clean" -s C -l config -d 'Use csync2_NAME.cfg and a database of its own' -r
complete -c csync3 -n "__fish_csync3_using_subcommand clean" -s D -l database -d 'Database: directory, file or URL' -r
complete -c csync3 -n "__fish_csync3_using_subcommand clean" -s G -l groups -d 'Use these groups only' -r
complete -c csync3 -n "__fish_csync3_using_subcommand clean" -s s -l stamp-file -d 'Add the dates of the run to this file' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand clean" -s O -l full-log -d 'Write the messages of all levels to this file, too' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand clean" -l json -d 'Print one JSON object per line, as docs/json.md describes'
complete -c csync3 -n "__fish_csync3_using_subcommand clean" -s 0 -l null -d 'End each row by NUL instead of a line feed'
complete -c csync3 -n "__fish_csync3_using_subcommand clean" -s v -l verbose -d 'Say more; up to four times'
complete -c csync3 -n "__fish_csync3_using_subcommand clean" -s l -l syslog -d 'Send messages to syslog'
complete -c csync3 -n "__fish_csync3_using_subcommand clean" -s t -l time-stamps -d 'Begin each message with the time'
complete -c csync3 -n "__fish_csync3_using_subcommand clean" -s A -l no-sync
complete -c csync3 -n "__fish_csync3_using_subcommand clean" -s B -l single-statements
complete -c csync3 -n "__fish_csync3_using_subcommand clean" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c csync3 -n "__fish_csync3_using_subcommand serve" -l max-sessions -d 'At most so many sessions at once, 512 if not given' -r
complete -c csync3 -n "__fish_csync3_using_subcommand serve" -l max-sessions-per-address -d 'At most so many sessions of one address, 64 if not given' -r
complete -c csync3 -n "__fish_csync3_using_subcommand serve" -l dialect -d 'Know csync2\'s dialect only (classic), or csync3\'s, too (auto, native)' -r
complete -c csync3 -n "__fish_csync3_using_subcommand serve" -l connect-timeout -d 'Give up on a connection after so many seconds' -r
complete -c csync3 -n "__fish_csync3_using_subcommand serve" -l handshake-timeout -d 'Give up on a greeting after so many seconds' -r
complete -c csync3 -n "__fish_csync3_using_subcommand serve" -l idle-timeout -d 'Give up on a silent peer after so many seconds' -r
complete -c csync3 -n "__fish_csync3_using_subcommand serve" -s N -l host -d 'Name of this host as in the configuration; also the address to listen on and to connect from' -r
complete -c csync3 -n "__fish_csync3_using_subcommand serve" -s p -l port -d 'Port number or service name, 30865 if not given' -r
complete -c csync3 -n "__fish_csync3_using_subcommand serve" -s C -l config -d 'Use csync2_NAME.cfg and a database of its own' -r
complete -c csync3 -n "__fish_csync3_using_subcommand serve" -s D -l database -d 'Database: directory, file or URL' -r
complete -c csync3 -n "__fish_csync3_using_subcommand serve" -s G -l groups -d 'Use these groups only' -r
complete -c csync3 -n "__fish_csync3_using_subcommand serve" -s s -l stamp-file -d 'Add the dates of the run to this file' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand serve" -s O -l full-log -d 'Write the messages of all levels to this file, too' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand serve" -s i -l inetd -d 'Serve one peer on standard input and output, for a super-server; messages go to syslog'
complete -c csync3 -n "__fish_csync3_using_subcommand serve" -l once -d 'Serve one connection, then exit'
complete -c csync3 -n "__fish_csync3_using_subcommand serve" -s v -l verbose -d 'Say more; up to four times'
complete -c csync3 -n "__fish_csync3_using_subcommand serve" -s l -l syslog -d 'Send messages to syslog'
complete -c csync3 -n "__fish_csync3_using_subcommand serve" -s t -l time-stamps -d 'Begin each message with the time'
complete -c csync3 -n "__fish_csync3_using_subcommand serve" -s A -l no-sync
complete -c csync3 -n "__fish_csync3_using_subcommand serve" -s B -l single-statements
complete -c csync3 -n "__fish_csync3_using_subcommand serve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c csync3 -n "__fish_csync3_using_subcommand key" -s h -l help -d 'Print help'
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and not __fish_seen_subcommand_from create show list trust forget help" -s h -l help -d 'Print help'
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and not __fish_seen_subcommand_from create show list trust forget help" -f -a "create" -d 'Make a key and a certificate for this host: ECDSA P-256, 10 years'
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and not __fish_seen_subcommand_from create show list trust forget help" -f -a "show" -d 'Show this host\'s certificate'
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and not __fish_seen_subcommand_from create show list trust forget help" -f -a "list" -d 'List the certificates that are remembered of peers'
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and not __fish_seen_subcommand_from create show list trust forget help" -f -a "trust" -d 'Remember another certificate of a peer from now on'
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and not __fish_seen_subcommand_from create show list trust forget help" -f -a "forget" -d 'Forget the certificate of a peer'
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and not __fish_seen_subcommand_from create show list trust forget help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from create" -l name -d 'The subject; the name of this host if not given' -r
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from create" -s N -l host -d 'Name of this host as in the configuration; also the address to listen on and to connect from' -r
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from create" -s p -l port -d 'Port number or service name, 30865 if not given' -r
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from create" -s C -l config -d 'Use csync2_NAME.cfg and a database of its own' -r
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from create" -s D -l database -d 'Database: directory, file or URL' -r
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from create" -s G -l groups -d 'Use these groups only' -r
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from create" -s s -l stamp-file -d 'Add the dates of the run to this file' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from create" -s O -l full-log -d 'Write the messages of all levels to this file, too' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from create" -l force -d 'Replace those that are there'
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from create" -s v -l verbose -d 'Say more; up to four times'
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from create" -s l -l syslog -d 'Send messages to syslog'
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from create" -s t -l time-stamps -d 'Begin each message with the time'
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from create" -s A -l no-sync
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from create" -s B -l single-statements
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help'
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from show" -s N -l host -d 'Name of this host as in the configuration; also the address to listen on and to connect from' -r
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from show" -s p -l port -d 'Port number or service name, 30865 if not given' -r
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from show" -s C -l config -d 'Use csync2_NAME.cfg and a database of its own' -r
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from show" -s D -l database -d 'Database: directory, file or URL' -r
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from show" -s G -l groups -d 'Use these groups only' -r
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from show" -s s -l stamp-file -d 'Add the dates of the run to this file' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from show" -s O -l full-log -d 'Write the messages of all levels to this file, too' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more; up to four times'
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from show" -s l -l syslog -d 'Send messages to syslog'
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from show" -s t -l time-stamps -d 'Begin each message with the time'
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from show" -s A -l no-sync
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from show" -s B -l single-statements
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from list" -s N -l host -d 'Name of this host as in the configuration; also the address to listen on and to connect from' -r
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from list" -s p -l port -d 'Port number or service name, 30865 if not given' -r
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from list" -s C -l config -d 'Use csync2_NAME.cfg and a database of its own' -r
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from list" -s D -l database -d 'Database: directory, file or URL' -r
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from list" -s G -l groups -d 'Use these groups only' -r
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from list" -s s -l stamp-file -d 'Add the dates of the run to this file' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from list" -s O -l full-log -d 'Write the messages of all levels to this file, too' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more; up to four times'
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from list" -s l -l syslog -d 'Send messages to syslog'
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from list" -s t -l time-stamps -d 'Begin each message with the time'
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from list" -s A -l no-sync
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from list" -s B -l single-statements
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from trust" -s N -l host -d 'Name of this host as in the configuration; also the address to listen on and to connect from' -r
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from trust" -s p -l port -d 'Port number or service name, 30865 if not given' -r
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from trust" -s C -l config -d 'Use csync2_NAME.cfg and a database of its own' -r
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from trust" -s D -l database -d 'Database: directory, file or URL' -r
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from trust" -s G -l groups -d 'Use these groups only' -r
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from trust" -s s -l stamp-file -d 'Add the dates of the run to this file' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from trust" -s O -l full-log -d 'Write the messages of all levels to this file, too' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from trust" -s v -l verbose -d 'Say more; up to four times'
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from trust" -s l -l syslog -d 'Send messages to syslog'
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from trust" -s t -l time-stamps -d 'Begin each message with the time'
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from trust" -s A -l no-sync
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from trust" -s B -l single-statements
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from trust" -s h -l help -d 'Print help'
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from forget" -s N -l host -d 'Name of this host as in the configuration; also the address to listen on and to connect from' -r
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from forget" -s p -l port -d 'Port number or service name, 30865 if not given' -r
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from forget" -s C -l config -d 'Use csync2_NAME.cfg and a database of its own' -r
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from forget" -s D -l database -d 'Database: directory, file or URL' -r
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from forget" -s G -l groups -d 'Use these groups only' -r
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from forget" -s s -l stamp-file -d 'Add the dates of the run to this file' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from forget" -s O -l full-log -d 'Write the messages of all levels to this file, too' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from forget" -s v -l verbose -d 'Say more; up to four times'
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from forget" -s l -l syslog -d 'Send messages to syslog'
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from forget" -s t -l time-stamps -d 'Begin each message with the time'
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from forget" -s A -l no-sync
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from forget" -s B -l single-statements
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from forget" -s h -l help -d 'Print help'
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from help" -f -a "create" -d 'Make a key and a certificate for this host: ECDSA P-256, 10 years'
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show this host\'s certificate'
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the certificates that are remembered of peers'
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from help" -f -a "trust" -d 'Remember another certificate of a peer from now on'
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from help" -f -a "forget" -d 'Forget the certificate of a peer'
complete -c csync3 -n "__fish_csync3_using_subcommand cert; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and not __fish_seen_subcommand_from copy check vacuum upgrade rebuild help" -s h -l help -d 'Print help'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and not __fish_seen_subcommand_from copy check vacuum upgrade rebuild help" -f -a "copy" -d 'Copy all rows of one database into another one, and verify the copy'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and not __fish_seen_subcommand_from copy check vacuum upgrade rebuild help" -f -a "check" -d 'Find damage, rows that nobody needs and names that are badly encoded'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and not __fish_seen_subcommand_from copy check vacuum upgrade rebuild help" -f -a "vacuum" -d 'Give back the space that nothing uses any more'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and not __fish_seen_subcommand_from copy check vacuum upgrade rebuild help" -f -a "upgrade" -d 'Add the tables, columns and keys that csync3 needs to a database of csync2'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and not __fish_seen_subcommand_from copy check vacuum upgrade rebuild help" -f -a "rebuild" -d 'Set a damaged SQLite file aside and make a new one with what can be read of it'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and not __fish_seen_subcommand_from copy check vacuum upgrade rebuild help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from copy" -s N -l host -d 'Name of this host as in the configuration; also the address to listen on and to connect from' -r
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from copy" -s p -l port -d 'Port number or service name, 30865 if not given' -r
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from copy" -s C -l config -d 'Use csync2_NAME.cfg and a database of its own' -r
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from copy" -s D -l database -d 'Database: directory, file or URL' -r
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from copy" -s G -l groups -d 'Use these groups only' -r
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from copy" -s s -l stamp-file -d 'Add the dates of the run to this file' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from copy" -s O -l full-log -d 'Write the messages of all levels to this file, too' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from copy" -l replace -d 'Remove what the other database holds and this one does not'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from copy" -l json -d 'Print one JSON object per line, as docs/json.md describes'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from copy" -s 0 -l null -d 'End each row by NUL instead of a line feed'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from copy" -s v -l verbose -d 'Say more; up to four times'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from copy" -s l -l syslog -d 'Send messages to syslog'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from copy" -s t -l time-stamps -d 'Begin each message with the time'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from copy" -s A -l no-sync
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from copy" -s B -l single-statements
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from copy" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from check" -s N -l host -d 'Name of this host as in the configuration; also the address to listen on and to connect from' -r
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from check" -s p -l port -d 'Port number or service name, 30865 if not given' -r
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from check" -s C -l config -d 'Use csync2_NAME.cfg and a database of its own' -r
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from check" -s D -l database -d 'Database: directory, file or URL' -r
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from check" -s G -l groups -d 'Use these groups only' -r
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from check" -s s -l stamp-file -d 'Add the dates of the run to this file' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from check" -s O -l full-log -d 'Write the messages of all levels to this file, too' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from check" -l json -d 'Print one JSON object per line, as docs/json.md describes'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from check" -s 0 -l null -d 'End each row by NUL instead of a line feed'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Say more; up to four times'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from check" -s l -l syslog -d 'Send messages to syslog'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from check" -s t -l time-stamps -d 'Begin each message with the time'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from check" -s A -l no-sync
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from check" -s B -l single-statements
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from vacuum" -s N -l host -d 'Name of this host as in the configuration; also the address to listen on and to connect from' -r
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from vacuum" -s p -l port -d 'Port number or service name, 30865 if not given' -r
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from vacuum" -s C -l config -d 'Use csync2_NAME.cfg and a database of its own' -r
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from vacuum" -s D -l database -d 'Database: directory, file or URL' -r
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from vacuum" -s G -l groups -d 'Use these groups only' -r
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from vacuum" -s s -l stamp-file -d 'Add the dates of the run to this file' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from vacuum" -s O -l full-log -d 'Write the messages of all levels to this file, too' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from vacuum" -l json -d 'Print one JSON object per line, as docs/json.md describes'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from vacuum" -s 0 -l null -d 'End each row by NUL instead of a line feed'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from vacuum" -s v -l verbose -d 'Say more; up to four times'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from vacuum" -s l -l syslog -d 'Send messages to syslog'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from vacuum" -s t -l time-stamps -d 'Begin each message with the time'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from vacuum" -s A -l no-sync
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from vacuum" -s B -l single-statements
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from vacuum" -s h -l help -d 'Print help'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from upgrade" -s N -l host -d 'Name of this host as in the configuration; also the address to listen on and to connect from' -r
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from upgrade" -s p -l port -d 'Port number or service name, 30865 if not given' -r
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from upgrade" -s C -l config -d 'Use csync2_NAME.cfg and a database of its own' -r
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from upgrade" -s D -l database -d 'Database: directory, file or URL' -r
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from upgrade" -s G -l groups -d 'Use these groups only' -r
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from upgrade" -s s -l stamp-file -d 'Add the dates of the run to this file' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from upgrade" -s O -l full-log -d 'Write the messages of all levels to this file, too' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from upgrade" -s d -l dry-run -d 'Only show the SQL'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from upgrade" -l json -d 'Print one JSON object per line, as docs/json.md describes'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from upgrade" -s 0 -l null -d 'End each row by NUL instead of a line feed'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from upgrade" -s v -l verbose -d 'Say more; up to four times'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from upgrade" -s l -l syslog -d 'Send messages to syslog'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from upgrade" -s t -l time-stamps -d 'Begin each message with the time'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from upgrade" -s A -l no-sync
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from upgrade" -s B -l single-statements
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from upgrade" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from rebuild" -s N -l host -d 'Name of this host as in the configuration; also the address to listen on and to connect from' -r
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from rebuild" -s p -l port -d 'Port number or service name, 30865 if not given' -r
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from rebuild" -s C -l config -d 'Use csync2_NAME.cfg and a database of its own' -r
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from rebuild" -s D -l database -d 'Database: directory, file or URL' -r
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from rebuild" -s G -l groups -d 'Use these groups only' -r
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from rebuild" -s s -l stamp-file -d 'Add the dates of the run to this file' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from rebuild" -s O -l full-log -d 'Write the messages of all levels to this file, too' -r -F
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from rebuild" -l json -d 'Print one JSON object per line, as docs/json.md describes'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from rebuild" -s 0 -l null -d 'End each row by NUL instead of a line feed'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from rebuild" -s v -l verbose -d 'Say more; up to four times'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from rebuild" -s l -l syslog -d 'Send messages to syslog'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from rebuild" -s t -l time-stamps -d 'Begin each message with the time'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from rebuild" -s A -l no-sync
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from rebuild" -s B -l single-statements
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from rebuild" -s h -l help -d 'Print help'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from help" -f -a "copy" -d 'Copy all rows of one database into another one, and verify the copy'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from help" -f -a "check" -d 'Find damage, rows that nobody needs and names that are badly encoded'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from help" -f -a "vacuum" -d 'Give back the space that nothing uses any more'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from help" -f -a "upgrade" -d 'Add the tables, columns and keys that csync3 needs to a database of csync2'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from help" -f -a "rebuild" -d 'Set a damaged SQLite file aside and make a new one with what can be read of it'
complete -c csync3 -n "__fish_csync3_using_subcommand db; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c csync3 -n "__fish_csync3_using_subcommand help; and not __fish_seen_subcommand_from check push sync status wait list compare diff doctor resolve force mark hint clean serve key cert db help" -f -a "check" -d 'Mark what changed as dirty'
complete -c csync3 -n "__fish_csync3_using_subcommand help; and not __fish_seen_subcommand_from check push sync status wait list compare diff doctor resolve force mark hint clean serve key cert db help" -f -a "push" -d 'Push what is dirty to the peers'
complete -c csync3 -n "__fish_csync3_using_subcommand help; and not __fish_seen_subcommand_from check push sync status wait list compare diff doctor resolve force mark hint clean serve key cert db help" -f -a "sync" -d 'Check and push in one go'
complete -c csync3 -n "__fish_csync3_using_subcommand help; and not __fish_seen_subcommand_from check push sync status wait list compare diff doctor resolve force mark hint clean serve key cert db help" -f -a "status" -d 'Say what is recorded and what each peer is owed'
complete -c csync3 -n "__fish_csync3_using_subcommand help; and not __fish_seen_subcommand_from check push sync status wait list compare diff doctor resolve force mark hint clean serve key cert db help" -f -a "wait" -d 'Wait until the peers are owed nothing'
complete -c csync3 -n "__fish_csync3_using_subcommand help; and not __fish_seen_subcommand_from check push sync status wait list compare diff doctor resolve force mark hint clean serve key cert db help" -f -a "list" -d 'List what this host remembers'
complete -c csync3 -n "__fish_csync3_using_subcommand help; and not __fish_seen_subcommand_from check push sync status wait list compare diff doctor resolve force mark hint clean serve key cert db help" -f -a "compare" -d 'Name every file that the configuration covers'
complete -c csync3 -n "__fish_csync3_using_subcommand help; and not __fish_seen_subcommand_from check push sync status wait list compare diff doctor resolve force mark hint clean serve key cert db help" -f -a "diff" -d 'Test whether a peer has the same files'
complete -c csync3 -n "__fish_csync3_using_subcommand help; and not __fish_seen_subcommand_from check push sync status wait list compare diff doctor resolve force mark hint clean serve key cert db help" -f -a "doctor" -d 'Find out what is wrong with this host and its peers'
complete -c csync3 -n "__fish_csync3_using_subcommand help; and not __fish_seen_subcommand_from check push sync status wait list compare diff doctor resolve force mark hint clean serve key cert db help" -f -a "resolve" -d 'Show conflicts and settle them'
complete -c csync3 -n "__fish_csync3_using_subcommand help; and not __fish_seen_subcommand_from check push sync status wait list compare diff doctor resolve force mark hint clean serve key cert db help" -f -a "force" -d 'Let dirty files win the next conflict'
complete -c csync3 -n "__fish_csync3_using_subcommand help; and not __fish_seen_subcommand_from check push sync status wait list compare diff doctor resolve force mark hint clean serve key cert db help" -f -a "mark" -d 'Mark files as dirty, changed or not'
complete -c csync3 -n "__fish_csync3_using_subcommand help; and not __fish_seen_subcommand_from check push sync status wait list compare diff doctor resolve force mark hint clean serve key cert db help" -f -a "hint" -d 'Remember files for the next check'
complete -c csync3 -n "__fish_csync3_using_subcommand help; and not __fish_seen_subcommand_from check push sync status wait list compare diff doctor resolve force mark hint clean serve key cert db help" -f -a "clean" -d 'Forget what the configuration no longer covers'
complete -c csync3 -n "__fish_csync3_using_subcommand help; and not __fish_seen_subcommand_from check push sync status wait list compare diff doctor resolve force mark hint clean serve key cert db help" -f -a "serve" -d 'Serve peers'
complete -c csync3 -n "__fish_csync3_using_subcommand help; and not __fish_seen_subcommand_from check push sync status wait list compare diff doctor resolve force mark hint clean serve key cert db help" -f -a "key" -d 'Write a new group key'
complete -c csync3 -n "__fish_csync3_using_subcommand help; and not __fish_seen_subcommand_from check push sync status wait list compare diff doctor resolve force mark hint clean serve key cert db help" -f -a "cert" -d 'Make, show and accept certificates for TLS'
complete -c csync3 -n "__fish_csync3_using_subcommand help; and not __fish_seen_subcommand_from check push sync status wait list compare diff doctor resolve force mark hint clean serve key cert db help" -f -a "db" -d 'Copy, check and repair databases'
complete -c csync3 -n "__fish_csync3_using_subcommand help; and not __fish_seen_subcommand_from check push sync status wait list compare diff doctor resolve force mark hint clean serve key cert db help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c csync3 -n "__fish_csync3_using_subcommand help; and __fish_seen_subcommand_from list" -f -a "hints" -d 'Paths to be looked at by the next check'
complete -c csync3 -n "__fish_csync3_using_subcommand help; and __fish_seen_subcommand_from list" -f -a "files" -d 'Recorded files and their state'
complete -c csync3 -n "__fish_csync3_using_subcommand help; and __fish_seen_subcommand_from list" -f -a "dirty" -d 'Files that a peer is owed'
complete -c csync3 -n "__fish_csync3_using_subcommand help; and __fish_seen_subcommand_from list" -f -a "pair" -d 'Recorded files that a pair of hosts shares'
complete -c csync3 -n "__fish_csync3_using_subcommand help; and __fish_seen_subcommand_from cert" -f -a "create" -d 'Make a key and a certificate for this host: ECDSA P-256, 10 years'
complete -c csync3 -n "__fish_csync3_using_subcommand help; and __fish_seen_subcommand_from cert" -f -a "show" -d 'Show this host\'s certificate'
complete -c csync3 -n "__fish_csync3_using_subcommand help; and __fish_seen_subcommand_from cert" -f -a "list" -d 'List the certificates that are remembered of peers'
complete -c csync3 -n "__fish_csync3_using_subcommand help; and __fish_seen_subcommand_from cert" -f -a "trust" -d 'Remember another certificate of a peer from now on'
complete -c csync3 -n "__fish_csync3_using_subcommand help; and __fish_seen_subcommand_from cert" -f -a "forget" -d 'Forget the certificate of a peer'
complete -c csync3 -n "__fish_csync3_using_subcommand help; and __fish_seen_subcommand_from db" -f -a "copy" -d 'Copy all rows of one database into another one, and verify the copy'
complete -c csync3 -n "__fish_csync3_using_subcommand help; and __fish_seen_subcommand_from db" -f -a "check" -d 'Find damage, rows that nobody needs and names that are badly encoded'
complete -c csync3 -n "__fish_csync3_using_subcommand help; and __fish_seen_subcommand_from db" -f -a "vacuum" -d 'Give back the space that nothing uses any more'
complete -c csync3 -n "__fish_csync3_using_subcommand help; and __fish_seen_subcommand_from db" -f -a "upgrade" -d 'Add the tables, columns and keys that csync3 needs to a database of csync2'
complete -c csync3 -n "__fish_csync3_using_subcommand help; and __fish_seen_subcommand_from db" -f -a "rebuild" -d 'Set a damaged SQLite file aside and make a new one with what can be read of it'
