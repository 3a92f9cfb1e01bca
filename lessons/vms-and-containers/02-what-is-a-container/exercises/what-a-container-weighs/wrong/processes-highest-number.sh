# fails: processes
# Numbers are given out and not given back, so the last of them says little about how many there are.
for i in 1 2 3 4 5 6 7 8; do sh -c true; done
sh -c 'echo $$' > /root/processes
