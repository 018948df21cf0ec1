"""Bytes to rows and rows to bytes; what the rows mean is the mapping's business."""
