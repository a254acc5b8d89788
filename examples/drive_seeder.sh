#!/bin/sh
# Publishes a file, then takes more commands, for as long as its own input stays open.
#     drive_seeder.sh FILE
{ echo "file:$1"; cat; } | seeder | while IFS= read -r line; do
    file=${line#*:}     # what comes after the first colon
    file=${file%:*}     # and before the last one
    case $line in
        *:-1) echo "new: $file" ;;
        *:100) echo "complete: $file, to be had with $file.torrent" ;;
    esac
done
