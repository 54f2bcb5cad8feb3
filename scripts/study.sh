#!/usr/bin/env bash
# Runs a study by as many processes as there are processors, each with one thread, and prints what it found. It goes on where it was ended.
#
#     study.sh VIDCSL CONFIG FOLDER
#
# FOLDER has the folder data, with train, val and test, and gets the folder out.
set -euo pipefail
vidcsl=$1 config=$2 folder=$3
processes=$(getconf _NPROCESSORS_ONLN)
study=("$vidcsl" study --config "$config" --data "$folder/data" --output "$folder/out" --threads 1 --workers 1)

mkdir -p "$folder"
pids=()
for ((i = 0; i < processes; i++)); do
	"${study[@]}" --task "$i/$processes" > "$folder/task-$i.txt" 2> "$folder/task-$i.log" &
	pids+=($!)
done
trap 'kill "${pids[@]}" 2> /dev/null || true' EXIT
echo "$processes processes are at work; their logs: $folder/task-*.log"
failed=0
for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
if ((failed)); then
	tail -n 3 "$folder"/task-*.log >&2
	exit 1
fi
"${study[@]}" --log-level warn
