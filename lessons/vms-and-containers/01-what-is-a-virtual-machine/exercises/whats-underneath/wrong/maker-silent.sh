# fails: maker
# What was not found was left out: an empty file is no statement.
mkdir -p /root/evidence
: > /root/evidence/maker
