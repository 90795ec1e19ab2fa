hookshift: no source is configured: write one into hookshift.config.json, as docs/configuration.md shows
