#!/bin/sh
# Publishes a file, and serves it until this script's own input ends.
#     drive_seeder.sh FILE
pipes=$(mktemp -d) || exit
trap 'rm -r "$pipes"' EXIT
mkfifo "$pipes/commands" "$pipes/lines" || exit
seeder <"$pipes/commands" >"$pipes/lines" &
exec 3>"$pipes/commands" 4<"$pipes/lines"

id=
say() { echo "$1" >&3; }

say "@publish file:$1"
while IFS= read -r line <&4; do
    file=${line#*:}                  # what comes after the first colon
    file=${file%:*}                  # and before the last one
    case $line in
        "0:@publish "*:0) id=${file##* } ;;
        "0:@publish "*:1) say quit ;;          # why is on standard error
        "$id:"*:100)
            echo "complete: $file, to be had with $file.torrent"
            cat >/dev/null
            say quit ;;
        "$id:"*) echo "new: $file" ;;
    esac
done
wait $!                              # for the seeder, whose status is ours
