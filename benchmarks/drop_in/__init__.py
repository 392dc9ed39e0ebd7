"""The tests of projects that use queues, with the standard classes and with ours in their place."""
