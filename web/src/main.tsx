import '@mantine/core/styles.layer.css';
import './styles.css';
import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Problem } from './api/client.ts';
import { queryClient } from './api/query-client.ts';
import { router } from './routes.tsx';
import { cssVariables, theme } from './theme.ts';
import { Toasts } from './ui/toast.tsx';

// Back after signing out must not bring the page back from the browser's memory.
addEventListener('pageshow', (event) => {
  if (event.persisted) location.reload();
});

createRoot(document.getElementById('root')!, {
  // The page itself says what the server refused; only faults of the program belong into the log.
  onCaughtError(error) {
    if (!(error instanceof Problem)) console.error(error);
  },
}).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto" cssVariablesResolver={cssVariables}>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
        <Toasts />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
