"""Mail: templates and reminders out, returns in, with an ordinary mailbox."""
