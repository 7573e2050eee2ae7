"""The dashboard: pages that describe screens; computing lives in seral_core and in `dashboard.data`."""
