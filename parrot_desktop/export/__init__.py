"""A session as one file: HTML that stands alone, Markdown, or JSON; secrets masked, with a stamp. Knows no Qt."""
