-- Finds what lies in a mailbox under the numbers of before it was numbered anew.
CREATE INDEX refs_validity ON refs (account, mailbox, validity);
