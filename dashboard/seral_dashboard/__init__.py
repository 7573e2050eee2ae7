"""The dashboard: pages that describe screens; computing lives in seral_core and in `seral_dashboard.data`."""
