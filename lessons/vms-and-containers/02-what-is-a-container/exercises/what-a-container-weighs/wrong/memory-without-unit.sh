# fails: memory
# The right number, and nobody knows of what.
folder=/sys/fs/cgroup
[ -d $folder/memory ] && folder=$folder/memory
used=$(cat $folder/memory.current $folder/memory.usage_in_bytes 2>/dev/null)
idle=$(awk '$1 ~ /^(total_)?inactive_file$/ {idle = $2} END {print idle + 0}' $folder/memory.stat)
echo "$(((used - idle) / 1048576))" > /root/memory
