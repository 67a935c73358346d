import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { pageOf, root } from './api/client.ts';
import { prefetchConnectors } from './api/connectors.ts';
import { queryClient } from './api/query-client.ts';
import { sessionQuery } from './api/session.ts';
import { Broken, Missing, Waiting } from './shell/fallbacks.tsx';
import { Shell } from './shell/Shell.tsx';
import { parseSearch, stringifySearch } from './ui/view.ts';

const rootRoute = createRootRoute({ notFoundComponent: Missing });

const loginRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: 'login',
  component: lazyRouteComponent(() => import('./pages/login/LoginPage.tsx'), 'LoginPage'),
});

/** Everything behind the sign-in; asks once who is there, beside loading the page. */
const shellRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'console',
  component: Shell,
  loader: () => void queryClient.prefetchQuery(sessionQuery),
});

const indexRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/connectors', replace: true });
  },
});

const connectorsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: 'connectors',
  loader: () => prefetchConnectors(queryClient),
  component: lazyRouteComponent(() => import('./pages/connectors/list/ListPage.tsx'), 'ListPage'),
});

const galleryRoute = createRoute({
  getParentRoute: () => connectorsRoute,
  path: 'new',
  component: lazyRouteComponent(() => import('./pages/connectors/create/GalleryPanel.tsx'), 'GalleryPanel'),
});

const createRouteOfType = createRoute({
  getParentRoute: () => connectorsRoute,
  path: 'new/$typeId',
  component: lazyRouteComponent(() => import('./pages/connectors/create/CreatePanel.tsx'), 'CreatePanel'),
});

const connectorRoute = createRoute({
  getParentRoute: () => connectorsRoute,
  path: '$connectorId',
  component: lazyRouteComponent(() => import('./pages/connectors/edit/EditPanel.tsx'), 'EditPanel'),
});

const connectorIndexRoute = createRoute({
  getParentRoute: () => connectorRoute,
  path: '/',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/connectors/$connectorId/config', params, search: true, replace: true });
  },
});

const configRoute = createRoute({
  getParentRoute: () => connectorRoute,
  path: 'config',
  component: lazyRouteComponent(() => import('./pages/connectors/edit/ConfigTab.tsx'), 'ConfigTab'),
});

const testRoute = createRoute({
  getParentRoute: () => connectorRoute,
  path: 'test',
  component: lazyRouteComponent(() => import('./pages/connectors/test/TestTab.tsx'), 'TestTab'),
});

const usageRoute = createRoute({
  getParentRoute: () => connectorRoute,
  path: 'usage',
  component: lazyRouteComponent(() => import('./pages/connectors/edit/UsageTab.tsx'), 'UsageTab'),
});

const connectorExecutionsRoute = createRoute({
  getParentRoute: () => connectorRoute,
  path: 'executions',
  component: lazyRouteComponent(() => import('./pages/connectors/edit/ExecutionsTab.tsx'), 'ExecutionsTab'),
});

/** What Kibana calls these tabs. */
const rulesRoute = createRoute({
  getParentRoute: () => connectorRoute,
  path: 'rules',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/connectors/$connectorId/usage', params, search: true, replace: true });
  },
});
const logsRoute = createRoute({
  getParentRoute: () => connectorRoute,
  path: 'logs',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/connectors/$connectorId/executions', params, search: true, replace: true });
  },
});

const executionsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: 'executions',
  component: lazyRouteComponent(() => import('./pages/executions/ExecutionsPage.tsx'), 'ExecutionsPage'),
});

const executionRoute = createRoute({
  getParentRoute: () => executionsRoute,
  path: '$executionId',
  component: lazyRouteComponent(() => import('./pages/executions/ExecutionPanel.tsx'), 'ExecutionPanel'),
});

const healthRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: 'health',
  component: lazyRouteComponent(() => import('./pages/health/HealthPage.tsx'), 'HealthPage'),
});

const AccessPage = lazyRouteComponent(() => import('./pages/access/AccessPage.tsx'), 'AccessPage');

const accessRoute = createRoute({ getParentRoute: () => shellRoute, path: 'access', component: AccessPage });

const newUserRoute = createRoute({
  getParentRoute: () => accessRoute,
  path: 'new-user',
  component: lazyRouteComponent(() => import('./pages/access/UserPanel.tsx'), 'NewUserPanel'),
});

const userRoute = createRoute({
  getParentRoute: () => accessRoute,
  path: 'users/$username',
  component: lazyRouteComponent(() => import('./pages/access/UserPanel.tsx'), 'UserPanel'),
});

const newKeyRoute = createRoute({
  getParentRoute: () => accessRoute,
  path: 'new-key',
  component: lazyRouteComponent(() => import('./pages/access/KeyPanel.tsx'), 'KeyPanel'),
});

/** Over the page about access, at an address of its own. */
const profileRoute = createRoute({ getParentRoute: () => shellRoute, path: 'profile', component: AccessPage });

const profileIndexRoute = createRoute({
  getParentRoute: () => profileRoute,
  path: '/',
  component: lazyRouteComponent(() => import('./pages/access/ProfilePanel.tsx'), 'ProfilePanel'),
});

const routeTree = rootRoute.addChildren([
  indexRoute,
  loginRoute,
  shellRoute.addChildren([
    connectorsRoute.addChildren([
      galleryRoute,
      createRouteOfType,
      connectorRoute.addChildren([
        connectorIndexRoute,
        configRoute,
        testRoute,
        usageRoute,
        connectorExecutionsRoute,
        rulesRoute,
        logsRoute,
      ]),
    ]),
    executionsRoute.addChildren([executionRoute]),
    healthRoute,
    accessRoute.addChildren([newUserRoute, userRoute, newKeyRoute]),
    profileRoute.addChildren([profileIndexRoute]),
  ]),
]);

export const router = createRouter({
  routeTree,
  // Whatever a proxy and the space put in front.
  basepath: root.pathname,
  parseSearch,
  stringifySearch,
  defaultPendingComponent: Waiting,
  defaultErrorComponent: Broken,
  defaultNotFoundComponent: Missing,
  defaultPreload: 'intent',
  // By page: a panel leaves the list below where it is, and so does coming back to it.
  scrollRestoration: true,
  getScrollRestorationKey: (location) => pageOf(location.pathname),
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
