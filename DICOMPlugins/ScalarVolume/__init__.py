"""Parts of the scalar volume plugin: which objects are images, how a series is divided, how a stack becomes a node."""
