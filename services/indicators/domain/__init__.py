"""What is stated, counted and judged: values and pure functions, no input or output."""
